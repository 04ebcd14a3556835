// Prints the web server's configuration with the page's own scripts in its policy: the page is one file, its script inside,
// and a browser is to run that script and no other.
//   page-policy.mjs PAGE CONFIGURATION
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';

const [page, configuration] = process.argv.slice(2);
if (page === undefined || configuration === undefined) throw new Error('usage: page-policy.mjs PAGE CONFIGURATION');

const scripts = [...readFileSync(page, 'utf8').matchAll(/<script type="module">([^]*?)<\/script>/g)].map(([, code]) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`);
if (scripts.length === 0) throw new Error(`${page} has no script inside: it is not the built page`);
const text = readFileSync(configuration, 'utf8');
if (!text.includes('PAGE_SCRIPTS')) throw new Error(`${configuration} has no place for the page's scripts`);
process.stdout.write(text.replace('PAGE_SCRIPTS', scripts.join(' ')));
