// Reads every error catalogue (src/errors.ts) from its source: a message is a function there, a template on the page.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { readWorkspace } from './lint/workspace.mjs';

/**
 * @typedef {object} CataloguedError
 * @property {string} name
 * @property {string} code
 * @property {string} grpc
 * @property {string} message with each value as ‹name›
 * @property {string} help
 */

/** @typedef {{ prefix: string, file: string, errors: CataloguedError[] }} Catalogue */

/**
 * All catalogues of the workspace, in the order of its folders.
 *
 * @param {string} root
 * @returns {Catalogue[]}
 */
export function readCatalogues(root) {
  return readWorkspace(root)
    .map(({ folder }) => `${folder}/src/errors.ts`)
    .filter((file) => existsSync(join(root, file)))
    .flatMap((file) => catalogueOf(file, readFileSync(join(root, file), 'utf8')));
}

/** @param {string} file @param {string} text @returns {Catalogue[]} */
function catalogueOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {Catalogue[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'defineErrors') {
      const [prefix, definitions] = node.arguments;
      if (prefix === undefined || !ts.isStringLiteral(prefix) || definitions === undefined || !ts.isObjectLiteralExpression(definitions)) {
        throw new Error(`${file}: defineErrors takes a prefix and an object, both written in place`);
      }
      found.push({ prefix: prefix.text, file, errors: definitions.properties.map((property) => errorOf(file, prefix.text, property)) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** @param {string} file @param {string} prefix @param {ts.ObjectLiteralElementLike} property @returns {CataloguedError} */
function errorOf(file, prefix, property) {
  const name = property.name?.getText() ?? '';
  if (!ts.isPropertyAssignment(property) || !ts.isObjectLiteralExpression(property.initializer)) throw new Error(`${file}: ${name} is not written in place`);
  const fields = new Map(property.initializer.properties.map((field) => [field.name?.getText(), ts.isPropertyAssignment(field) ? field.initializer : undefined]));
  const [grpc, help, message] = [fields.get('grpc'), fields.get('help'), fields.get('message')];
  if (grpc === undefined || help === undefined || message === undefined) throw new Error(`${file}: ${name} needs grpc, message and help`);
  return {
    name,
    code: `${prefix}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase(),
    grpc: template(grpc),
    help: template(help),
    message: template(ts.isArrowFunction(message) ? message.body : message),
  };
}

/** An expression as text, its values as ‹name›. @param {ts.Node} node @returns {string} */
function template(node) {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return template(node.expression);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) return template(node.left) + template(node.right);
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map((span) => template(span.expression) + span.literal.text).join('');
  // `d.shape`, `list(d.shape)` and `d.shape.join(', ')` are all the shape.
  const field = /\bd\.(\w+)/.exec(node.getText());
  return `‹${field?.[1] ?? node.getText().replace(/\W.*/s, '')}›`;
}

/** The page docs/errors.md. @param {Catalogue[]} catalogues */
export function errorPage(catalogues) {
  /** @param {string} text */
  const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');
  return [
    '# Errors',
    '',
    'Every error that a person can meet has a code that stays the same, a message that says what is wrong and where, and a line that says',
    'what to do. Commands print `code: message` with that line under it and end with exit code 1; with `--json` they print the same as one',
    'document; services send the gRPC status beside it. ‹Words› in a message stand for values.',
    '',
    'This page is generated from the catalogues by `npm run docs:errors`.',
    ...catalogues.flatMap(({ prefix, file, errors }) => [
      '',
      `## ${prefix}`,
      '',
      `[${file}](../${file})`,
      '',
      '| code | message | what to do | gRPC |',
      '|---|---|---|---|',
      ...errors.map(({ code, message, help, grpc }) => `| \`${code}\` | ${cell(message)} | ${cell(help)} | ${grpc} |`),
    ]),
    '',
  ].join('\n');
}
