import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toDashboard } from './board.js';
import * as boards from './boards/index.js';

// Writes the dashboards beside these sources; with --check it writes nothing and fails where a file is not what it would write.
const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [name, board] of Object.entries(boards)) {
  const file = fileURLToPath(new URL(`../dashboards/${name}.json`, import.meta.url));
  const text = `${JSON.stringify(toDashboard(board), undefined, 1)}\n`;
  if (check) {
    if (readFileSync(file, 'utf8') !== text) stale.push(`${name}.json`);
  } else {
    writeFileSync(file, text);
  }
}
if (stale.length > 0) {
  process.stderr.write(`dashboards that their sources no longer make: ${stale.join(', ')}; run npm run dashboards\n`);
  process.exitCode = 1;
}
