// Writes docs/errors.md from the error catalogues.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorPage, readCatalogues } from './error-catalogue.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
writeFileSync(join(root, 'docs/errors.md'), errorPage(readCatalogues(root)));
