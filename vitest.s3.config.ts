import { mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

// Tests against a real S3 server, which tools/test-s3.mjs starts and names in the environment.
export default mergeConfig({ ...base, test: { ...base.test, include: [], exclude: [] } }, {
  test: {
    include: ['libs/**/*.s3.test.ts', 'apps/**/*.s3.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 300_000,
  },
});
