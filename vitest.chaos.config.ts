import { mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

// A sweep under faults, on services that tools/test-chaos.mjs starts.
export default mergeConfig({ ...base, test: { ...base.test, include: [], exclude: [] } }, {
  test: {
    include: ['apps/**/*.chaos.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 300_000,
    hookTimeout: 1_500_000,
    maxWorkers: 1,
    fileParallelism: false,
  },
});
