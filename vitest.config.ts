import { defineConfig } from 'vitest/config';

// `import` and `default` hold without being named; named, they would reach Node's own `require`, which then gets ES modules.
const conditions = ['@neuron-atlas/source', 'node'];

// tools that count tests ask for a report beside what is printed
const report = process.env.NEURON_ATLAS_TEST_REPORT;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['node'] } },
  test: {
    include: ['libs/**/*.test.ts', 'apps/**/*.test.ts', 'tools/**/*.test.ts', 'examples/**/*.test.ts', 'bench/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'examples/plugin/**', '**/*.s3.test.ts', '**/*.webgpu.test.ts', '**/*.deploy.test.ts', '**/*.fuzz.test.ts', '**/*.chaos.test.ts', '**/*.large.test.ts'],
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
