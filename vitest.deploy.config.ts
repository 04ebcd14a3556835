import { mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

// Checks of deploy/, which need tools that tools/test-deploy.mjs brings.
export default mergeConfig({ ...base, test: { ...base.test, include: [], exclude: [] } }, {
  test: {
    include: ['tools/deploy/**/*.deploy.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
