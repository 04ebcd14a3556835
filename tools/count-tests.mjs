// Adds up the reports of several test runs (a folder of NAME.json by vitest and NAME.exit) and prints the sum as its last line.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const folder = process.argv[2] ?? '.';
let passed = 0, failed = 0;
for (const file of readdirSync(folder).filter((name) => name.endsWith('.exit')).sort()) {
  const name = file.slice(0, -'.exit'.length);
  const code = Number(readFileSync(join(folder, file), 'utf8'));
  const report = join(folder, `${name}.json`);
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { numPassedTests: 0, numFailedTests: 0 };
  // A run that failed outside its tests (set-up, lint, types, a file that does not load) counts as one failure.
  const outside = code !== 0 && counts.numFailedTests === 0 ? 1 : 0;
  passed += counts.numPassedTests;
  failed += counts.numFailedTests + outside;
  console.log(`${name}: ${counts.numPassedTests} passed, ${counts.numFailedTests + outside} failed${code === 124 ? ' (ran out of time)' : ''}`);
}
if (passed === 0) failed += failed === 0 ? 1 : 0; // nothing ran at all
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
