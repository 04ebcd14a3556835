import { mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

// A model beyond 2 GiB through the whole command line; takes 8 GB of disk and some 12 of memory, nearly all of it the runtime's.
export default mergeConfig({ ...base, test: { ...base.test, include: [], exclude: [] } }, {
  test: {
    include: ['apps/**/*.large.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 1_200_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
    fileParallelism: false,
  },
});
