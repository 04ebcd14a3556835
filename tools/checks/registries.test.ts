import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from './root.js';

/** Folders where each file is one more of a kind, and nothing else lies beside them. */
const folders = [
  'libs/autodiff/src/rules',
  'libs/priors/src/plugins',
  'libs/priors/src/recipes',
  'libs/priors/src/regularisers',
  'libs/priors/src/transforms',
  'libs/synthesis/src/optimisers',
  'libs/synthesis/src/schedules',
  'libs/objectives/src/plugins',
  'libs/exemplars/src/dataset/formats',
  'libs/exemplars/src/fields/operators',
  'libs/onnx/src/upgrade/changes',
  'apps/cli/src/commands',
  'apps/cli/src/fuzz/mutations',
];

/** What an index brings in: file name without ending → the names taken from it, once for each time it is named. */
function broughtIn(index: string): readonly { readonly file: string; readonly names: readonly string[] }[] {
  const source = ts.createSourceFile(index, readFileSync(index, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause
      : ts.isImportDeclaration(statement) && statement.importClause?.phaseModifier === undefined ? statement.importClause?.namedBindings : undefined;
    if (clause === undefined || ts.isNamespaceExport(clause) || ts.isNamespaceImport(clause)) return [];
    const { moduleSpecifier } = statement as ts.ImportDeclaration | ts.ExportDeclaration;
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier) || !moduleSpecifier.text.startsWith('./')) return [];
    return [{ file: moduleSpecifier.text.slice(2).replace(/\.js$/, ''), names: clause.elements.map(({ name }) => name.text) }];
  });
}

function members(folder: string): readonly string[] {
  return readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'index.ts')
    .map((name) => name.slice(0, -'.ts'.length)).sort();
}

/** `gather-nd` names `gatherND`: the same letters, in words. */
const isNamedFor = (file: string, name: string): boolean => file.replaceAll('-', '').toLowerCase() === name.toLowerCase();

describe.each(folders)('%s', (folder) => {
  const index = broughtIn(join(root, folder, 'index.ts'));

  it('has each of its files in its index, once', () => {
    expect(members(folder).length).toBeGreaterThan(1);
    expect(index.map(({ file }) => file).sort()).toEqual(members(folder));
  });

  it('names each file in words for what it exports', () => {
    for (const { file, names } of index) {
      expect(names.filter((name) => isNamedFor(file, name)), `${folder}/${file}.ts exports ${names.join(', ')}`).toHaveLength(1);
      expect(file).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    }
  });
});

describe('apps/coordinator/src/rpc', () => {
  const proto = readFileSync(join(root, 'libs/proto/proto/neuron_atlas.proto'), 'utf8');
  const calls = [...proto.matchAll(/^\s*rpc\s+(\w+)/gm)].map(([, name]) => name!);
  const index = broughtIn(join(root, 'apps/coordinator/src/rpc/index.ts'));

  it('has a file for each call of the services, in its index, once', () => {
    expect(calls.length).toBeGreaterThan(10);
    const handlers = index.filter(({ names }) => names.some((name) => calls.some((call) => isNamedFor(name, call))));
    expect(handlers.map(({ file }) => file.replaceAll('-', '')).sort()).toEqual(calls.map((call) => call.toLowerCase()).sort());
    for (const { file, names } of handlers) expect(names.some((name) => isNamedFor(file, name)), file).toBe(true);
  });
});
