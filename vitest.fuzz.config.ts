import { mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

// Mutated model files, by the thousand (docs/fuzzing.md); NEURON_ATLAS_FUZZ_FILES says how many.
export default mergeConfig({ ...base, test: { ...base.test, include: [], exclude: [] } }, {
  test: {
    include: ['apps/**/*.fuzz.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 4 * 3_600_000,
  },
});
