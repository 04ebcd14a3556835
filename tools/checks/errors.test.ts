import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { grpcCode } from '@neuron-atlas/errors';
import { describe, expect, it } from 'vitest';
import { errorPage, readCatalogues } from '../error-catalogue.mjs';
import { root } from './root.js';

const catalogues = readCatalogues(root);
const all = catalogues.flatMap(({ errors }) => errors);

describe('the error catalogues', () => {
  it('are all on docs/errors.md, and nothing else is', () => {
    const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, code]) => code!);
    expect(documented.sort(), 'run `npm run docs:errors`').toEqual(all.map(({ code }) => code).sort());
  });

  it('say on the page what they say in the source', () => {
    expect(readFileSync(join(root, 'docs/errors.md'), 'utf8'), 'run `npm run docs:errors`').toBe(errorPage(catalogues));
  });

  it('give each code once, under a prefix that one package has', () => {
    expect(new Set(all.map(({ code }) => code)).size).toBe(all.length);
    expect(new Set(catalogues.map(({ prefix }) => prefix)).size).toBe(catalogues.length);
  });

  it.each(all.map((error) => [error.code, error] as const))('%s says what is wrong and what to do', (_, { message, help, grpc }) => {
    expect(Object.keys(grpcCode)).toContain(grpc);
    expect(message).toMatch(/\S/);
    expect(message).not.toMatch(/[.!]$/);
    expect(help).toMatch(/^\S.{8,}[^.!]$/s);
  });

  it.each(catalogues.map(({ file, errors }) => [file, errors] as const))('%s gives at run time the errors that its source names', async (file, errors) => {
    const module = await import(join(root, file)) as { readonly errors: Readonly<Record<string, unknown>> };
    expect(Object.keys(module.errors)).toEqual(errors.map(({ name }) => name));
  });
});
