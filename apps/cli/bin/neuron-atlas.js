#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../dist/main.js', import.meta.url);
if (existsSync(fileURLToPath(compiled))) {
  const { main } = await import(compiled.href);
  await main(process.argv.slice(2));
} else {
  process.stderr.write('CLI_NOT_BUILT: neuron-atlas is not compiled yet\n  run `npm run setup` in the folder of the project\n');
  process.exitCode = 1;
}
