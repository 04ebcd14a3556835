// Everything that must hold before a commit: lint and types beside each other, then the tests. All of it runs, whatever fails.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const failed = [];

/** Runs a tool of node_modules; `quiet` shows its output at its end and only where it fails. */
async function run(title, file, args, quiet) {
  const started = Date.now();
  const child = spawn(process.execPath, [join(root, 'node_modules', file), ...args], { cwd: root, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => { output += chunk; });
  const code = await new Promise((resolve) => {
    child.on('error', (error) => { output += error.message; resolve(1); });
    child.on('close', (exit) => resolve(exit ?? 1));
  });
  if (code !== 0) failed.push(title);
  process.stdout.write(`${code === 0 ? '' : output}check: ${title}: ${code === 0 ? 'good' : 'failed'} (${Math.round((Date.now() - started) / 1000)} s)\n`);
}

await Promise.all([
  run('lint', 'eslint/bin/eslint.js', ['.'], true),
  run('types', 'typescript/bin/tsc', ['-p', 'tsconfig.test.json'], true),
]);
await run('tests', 'vitest/vitest.mjs', ['run', ...process.argv.slice(2)], false);

if (failed.length > 0) {
  process.stdout.write(`check: ${failed.join(', ')} failed\n`);
  process.exitCode = 1;
}
