import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { createLayersRule } from './tools/lint/layers.mjs';
import { readWorkspace } from './tools/lint/workspace.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const packages = readWorkspace(root);
const browserSafe = packages.filter((entry) => entry.browserSafe).map(({ folder }) => folder);
const node = Object.fromEntries(['console', 'process', 'URL', 'Buffer', 'setTimeout', 'clearTimeout', 'AbortController', 'AbortSignal', 'performance', 'fetch', 'document', 'window']
  .map((name) => [name, 'readonly']));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'libs/proto/src/gen/**', '.nx/**', '.cache/**', 'coverage/**', 'atlas-demo/**', 'examples/plugin/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['**/*.mjs', '**/*.js'], extends: [js.configs.recommended], languageOptions: { globals: node } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [js.configs.recommended, ...tseslint.configs.strict],
    // One program for all files: type-aware rules then cost one type check, not one per package.
    languageOptions: { parserOptions: { project: 'tsconfig.test.json', tsconfigRootDir: root } },
    plugins: { atlas: { rules: { layers: createLayersRule(packages, root) } } },
    rules: {
      'atlas/layers': 'error',
      'no-undef': 'off', // the compiler knows better
      eqeqeq: ['error', 'smart'],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'export by name: a file is named for its one export' }],
      'no-restricted-properties': ['error', ...['it', 'describe', 'test'].flatMap((object) => ['only', 'skip', 'todo']
        .map((property) => ({ object, property, message: 'every test runs; where something is absent use skipIf and say why' })))],
      '@typescript-eslint/no-invalid-void-type': 'off', // `void | Promise<void>` is what a handler may give
      '@typescript-eslint/no-non-null-assertion': 'off', // noUncheckedIndexedAccess asks for it after a bounds check
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all', ignoreRestSiblings: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  { files: ['libs/**/*.ts'], ignores: ['**/*.test.ts', '**/test/**'], rules: {
    'no-console': 'error',
    'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'draw from a seeded generator: the same spec gives the same bytes' }],
  } },
  // What a browser lacks, outside the parts that are for Node (src/node.ts and what only it imports: src/node/).
  { files: browserSafe.map((folder) => `${folder}/src/**/*.ts`), ignores: ['**/*.test.ts', '**/src/node.ts', '**/src/node/**'], rules: {
    'no-restricted-globals': ['error', ...['Buffer', 'process', 'setImmediate', 'global', '__dirname'].map((name) => ({ name, message: 'this lib runs in a browser too: keep Node in src/node' }))],
  } },
  { files: ['**/*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
