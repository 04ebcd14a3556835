import { mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

// The viewer in a real browser, which tools/test-e2e.mjs finds and names in the environment.
export default mergeConfig({ ...base, test: { ...base.test, include: [], exclude: [] } }, {
  test: {
    include: ['apps/**/*.e2e.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 120_000,
    hookTimeout: 900_000,
    maxWorkers: 1,
    fileParallelism: false,
  },
});
