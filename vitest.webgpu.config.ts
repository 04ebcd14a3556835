import { mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

// Tests on the WebGPU provider, for which tools/test-webgpu.mjs finds a driver.
export default mergeConfig({ ...base, test: { ...base.test, include: [], exclude: [] } }, {
  test: {
    include: ['libs/**/*.webgpu.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 300_000,
  },
});
