// The ESLint rule that holds the house together: who may import whom (docs/architecture.md, "Layers").
import { dirname, relative, resolve } from 'node:path';
import { isBuiltin } from 'node:module';
import { refusal } from './workspace.mjs';

/**
 * @param {readonly import('./workspace.mjs').WorkspacePackage[]} packages
 * @param {string} root
 * @returns {import('eslint').Rule.RuleModule}
 */
export function createLayersRule(packages, root) {
  return {
    meta: { type: 'problem', docs: { description: 'imports go down the layers, to declared packages, through their entries' }, schema: [] },
    create(context) {
      const file = relative(root, context.filename).replaceAll('\\', '/');
      const from = packages.find(({ folder }) => file.startsWith(`${folder}/`));
      // Tests, what only they use (fixtures; a folder `test` or `testing`), and the testkit that is made for them.
      const isTest = /\.(test|fixture|e2e)\.ts$|\/(test|testing)\//.test(file) || from?.layer === 'tests';

      /** @param {import('estree').Node | null | undefined} source */
      const check = (source) => {
        if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
        const problem = problemWith(source.value);
        if (problem !== undefined) context.report({ node: source, message: problem });
      };

      /** @param {string} specifier @returns {string | undefined} */
      const problemWith = (specifier) => {
        if (isBuiltin(specifier)) return specifier.startsWith('node:') ? undefined : `write node:${specifier}`;
        if (specifier.startsWith('.')) {
          const target = relative(root, resolve(dirname(context.filename), specifier)).replaceAll('\\', '/');
          const inside = from === undefined || target.startsWith(`${from.folder}/`);
          return inside ? undefined : `${specifier} leaves ${from.folder}: import the package by its name`;
        }
        const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
        const to = packages.find((candidate) => candidate.name === name);
        const refused = to === undefined ? undefined : refusal(from, to, isTest);
        if (refused !== undefined) return refused;
        // Tests also see what the workspace itself installs, and the libs without a cycle in the build.
        const declared = from === undefined || isTest || from.dependencies.includes(name);
        return declared ? undefined : `${name} is not a dependency in ${from.folder}/package.json`;
      };

      return {
        ImportDeclaration: (node) => check(node.source),
        ExportNamedDeclaration: (node) => check(node.source),
        ExportAllDeclaration: (node) => check(node.source),
        ImportExpression: (node) => check(node.source),
        TSImportType: (/** @type {{ source: import('estree').Node }} */ node) => check(node.source),
      };
    },
  };
}
