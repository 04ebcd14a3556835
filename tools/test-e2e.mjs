// Walks through the viewer in a real browser: `*.e2e.ts`. Takes Debian's Chromium, which it installs where it is missing and
// may be, or the browser that CHROMIUM names. Atlases that the walk needs are made once, by sweeps, into .cache/e2e.
//
//   npm run test:e2e [-- vitest arguments]
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { findChromium } from './services/chromium.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const cache = path.join(root, '.cache', 'e2e');

mkdirSync(cache, { recursive: true });
const browser = findChromium(cache);
if (browser === undefined) {
  console.error('test:e2e: there is no Chromium: install it, or name one with CHROMIUM');
  process.exit(1);
}
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const child = spawn(process.execPath, [vitest, 'run', '--config', 'vitest.e2e.config.ts', ...process.argv.slice(2)], { cwd: root, env: { ...process.env, CHROMIUM: browser, E2E_CACHE: cache }, stdio: 'inherit' });
child.once('exit', (code) => { process.exitCode = code ?? 1; });
