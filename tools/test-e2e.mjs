// Walks through the viewer in a real browser, through the command line in a pseudo-terminal, and through an atlas with Python:
// `*.e2e.ts`. Takes Debian's Chromium, which it installs where it is missing and may be, or the browser that CHROMIUM names, and
// Python 3, whose packages go into an environment of their own. Atlases that the walks need are made once, by sweeps, into .cache/e2e.
//
//   npm run test:e2e [-- vitest arguments]
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runVitest } from './run-vitest.mjs';
import { findChromium } from './services/chromium.mjs';
import { pythonReaders } from './services/python-readers.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cache = path.join(root, '.cache', 'e2e');

mkdirSync(cache, { recursive: true });
const browser = findChromium(cache);
if (browser === undefined) {
  console.error('test:e2e: there is no Chromium: install it, or name one with CHROMIUM');
  process.exit(1);
}
const { python, problem } = pythonReaders(cache);
// The tests that need it are left out then, and say so in their names.
if (problem !== undefined) console.error(`test:e2e: ${problem}`);
process.exitCode = await runVitest('vitest.e2e.config.ts', process.argv.slice(2), { CHROMIUM: browser, E2E_CACHE: cache, ...(python === undefined ? {} : { E2E_PYTHON: python }) });
