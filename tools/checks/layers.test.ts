import { ESLint, Linter } from 'eslint';
import { describe, expect, it } from 'vitest';
import tseslint from 'typescript-eslint';
import { createLayersRule } from '../lint/layers.mjs';
import { readWorkspace, type WorkspacePackage } from '../lint/workspace.mjs';
import { root } from './root.js';

const lib = (name: string, layer: string, dependencies: readonly string[] = []): WorkspacePackage =>
  ({ name: `@neuron-atlas/${name}`, folder: `${layer === 'app' ? 'apps' : 'libs'}/${name}`, layer, browserSafe: false, dependencies, sources: {} });

const house = [
  lib('errors', '0'),
  lib('onnx', '1', ['@neuron-atlas/errors', '@neuron-atlas/atlas', '@neuron-atlas/autodiff', '@neuron-atlas/cli', '@neuron-atlas/testkit']),
  lib('atlas', '1'),
  lib('autodiff', '2', ['@neuron-atlas/onnx']),
  lib('testkit', 'tests', ['@neuron-atlas/autodiff']),
  lib('cli', 'app', ['@neuron-atlas/autodiff', '@neuron-atlas/agent']),
  lib('agent', 'app'),
];

/** What the rule says about a file of the house above. */
function problems(file: string, code: string): readonly string[] {
  const linter = new Linter({ configType: 'flat', cwd: '/house' });
  return linter.verify(code, [{
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser as Linter.Parser },
    plugins: { atlas: { rules: { layers: createLayersRule(house, '/house') } } },
    rules: { 'atlas/layers': 'error' },
  }], `/house/${file}`).map(({ message }) => message);
}

describe('the layers rule', () => {
  it('lets a layer import lower ones, by every form of import', () => {
    expect(problems('libs/autodiff/src/a.ts', "import { x } from '@neuron-atlas/onnx'; export * from '@neuron-atlas/onnx'; import './b.js'; import 'node:fs';")).toEqual([]);
  });

  it.each([
    ['a higher layer', "import '@neuron-atlas/autodiff';", 'is layer 1 and uses lower layers only; libs/autodiff is layer 2'],
    ['its own layer', "import '@neuron-atlas/atlas';", 'is layer 1 and uses lower layers only; libs/atlas is layer 1'],
    ['a type of a higher layer', "import type { X } from '@neuron-atlas/autodiff';", 'uses lower layers only'],
    ['a higher layer by export from', "export { x } from '@neuron-atlas/autodiff';", 'uses lower layers only'],
    ['a higher layer by export all', "export * from '@neuron-atlas/autodiff/node';", 'uses lower layers only'],
    ['a higher layer at run time', "await import('@neuron-atlas/autodiff');", 'uses lower layers only'],
    ['a higher layer inside a type', "let x: import('@neuron-atlas/autodiff').X;", 'uses lower layers only'],
    ['an app', "import '@neuron-atlas/cli';", 'nothing imports apps/cli'],
    ['the testkit', "import '@neuron-atlas/testkit';", 'is for tests only'],
    ['itself by name', "import '@neuron-atlas/onnx';", 'import the file by its relative path'],
    ['a file of another package', "import '../../errors/src/index.js';", 'leaves libs/onnx'],
    ['a package that it does not declare', "import 'sharp';", 'sharp is not a dependency in libs/onnx/package.json'],
    ['a scoped package that it does not declare', "import '@aws-sdk/client-s3/x';", '@aws-sdk/client-s3 is not a dependency'],
    ['a Node module without its prefix', "import 'fs/promises';", 'write node:fs/promises'],
  ])('refuses a lib that imports %s', (_, code, message) => {
    expect(problems('libs/onnx/src/a.ts', code)).toEqual([expect.stringContaining(message)]);
  });

  it('lets a test use the testkit and any lib, but no app', () => {
    expect(problems('libs/onnx/src/a.test.ts', "import '@neuron-atlas/testkit'; import '@neuron-atlas/autodiff'; import 'vitest';")).toEqual([]);
    expect(problems('libs/onnx/src/a.test.ts', "import '@neuron-atlas/cli';")).toHaveLength(1);
  });

  it('keeps apps apart', () => {
    expect(problems('apps/cli/src/a.ts', "import '@neuron-atlas/autodiff';")).toEqual([]);
    expect(problems('apps/cli/src/a.ts', "import '@neuron-atlas/agent';")).toEqual([expect.stringContaining('nothing imports apps/agent')]);
  });
});

describe('the house', () => {
  const packages = readWorkspace(root);

  it('is linted by the rule: a violation in a lib, an app or an example is an error', async () => {
    const eslint = new ESLint({ cwd: root });
    for (const file of ['libs/onnx/src/index.ts', 'apps/cli/src/index.ts', 'examples/demo/index.ts', 'tools/checks/layers.test.ts']) {
      const config = await eslint.calculateConfigForFile(`${root}/${file}`) as { readonly rules: Readonly<Record<string, readonly unknown[]>> };
      expect(config.rules['atlas/layers'], file).toEqual([2]);
    }
  });

  it('has a layer on each package, and packages of each layer that the rule knows', () => {
    for (const { layer, folder } of packages) expect(layer, folder).toMatch(/^(\d+(\.\d+)?|tests|app|example)$/);
    expect(new Set(packages.map(({ layer }) => layer))).toContain('3');
    expect(packages.filter(({ folder }) => folder.startsWith('apps/')).every(({ layer }) => layer === 'app')).toBe(true);
  });
});
