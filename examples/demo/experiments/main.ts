// Repeats an experiment of the publication with the demo network: npm run experiment -- NAME… [--out FOLDER] [--seed N] [--effort SHARE]
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { ablation } from './ablation.js';
import { codeLayer } from './code-layer.js';
import type { Context, Experiment } from './context.js';
import { otherNetworks } from './other-networks.js';
import { showsTheModel } from './shows-the-model.js';
import { variety } from './variety.js';
import { writeFindings } from './write-findings.js';

const experiments: Readonly<Record<string, Experiment>> = { ablation, 'code-layer': codeLayer, 'other-networks': otherNetworks, 'shows-the-model': showsTheModel, variety };
const demo = resolve(import.meta.dirname, '../..');
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: resolve(demo, '../../docs/experiments') },
    generator: { type: 'string', default: join(demo, 'generator') },
    seed: { type: 'string', default: '1' },
    effort: { type: 'string', default: '1' },
  },
});
const [seed, effort] = [Number(values.seed), Number(values.effort)];
if (names.length === 0 || names.some((name) => experiments[name] === undefined) || !Number.isSafeInteger(seed) || seed < 0 || !(effort > 0)) {
  console.error(`usage: npm run experiment -- NAME… [--out FOLDER] [--generator FOLDER] [--seed N] [--effort SHARE], each NAME one of ${Object.keys(experiments).join(', ')}`);
  process.exit(2);
}
const threads = availableParallelism();
const runtime = await createNodeRuntime({ provider: 'cpu', threads });
const began = performance.now();
const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(0)} s`;
const context: Context = {
  runtime, threads, seed, effort, note: (line) => { console.log(`${seconds()}: ${line}`); },
  model: await readFile(join(demo, 'demo.onnx')),
  generator: { file: await readFile(join(values.generator, 'generator.onnx')), range: await readFile(join(values.generator, 'code-range.json')) },
  judges: new Map(),
};
for (const name of names) {
  const found = await experiments[name]!(context);
  await writeFindings(values.out, name, found, { command: `npm run experiment -- ${name}${seed === 1 ? '' : ` --seed ${seed}`}${effort === 1 ? '' : ` --effort ${effort}`}`, runtime: runtime.version });
  console.log([`| ${found.columns.join(' | ')} |`, ...found.rows.map((row) => `| ${row.join(' | ')} |`), ...found.ours, `agrees: ${found.agrees}`, `${seconds()}; ${join(values.out, `${name}.md`)}`].join('\n'));
}
