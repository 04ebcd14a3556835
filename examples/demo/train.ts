// Trains the demo network and writes demo.onnx, classes.json and training-log.json into this example's folder, or into --out.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sizeOf } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { classNames, modelFile, parameters, pictureSize, questions } from './model.js';
import { heldOut } from './training/held-out.js';
import { heldOutSeed, trainDemo, type CurveRow } from './training/train-demo.js';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '4500' },
    batch: { type: 'string', default: '32' },
    rate: { type: 'string', default: '0.002' },
    decay: { type: 'string', default: '0.3' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    pictures: { type: 'string', default: '2048' },
    out: { type: 'string', default: resolve(import.meta.dirname, '..') },
  },
});
const whole = (name: 'steps' | 'batch' | 'seed' | 'threads' | 'pictures', least: number): number => given(name, (value) => Number.isSafeInteger(value) && value >= least, `a whole number from ${least}`);
const share = (name: 'rate' | 'decay'): number => given(name, (value) => Number.isFinite(value) && value >= 0, 'a number that is not negative');
const [steps, seed, threads, pictures] = [whole('steps', 1), whole('seed', 0), whole('threads', 1), whole('pictures', 1)];
const recipe = {
  seed, steps, batch: whole('batch', 1), learningRate: share('rate'), warmUpSteps: Math.min(100, Math.floor(steps / 10)), weightDecay: share('decay'), centringPictures: 256, threads,
};

const runtime = await createNodeRuntime({ provider: 'cpu', threads });
const began = performance.now();
const seconds = (): number => Math.round((performance.now() - began) / 1000);
const curve: CurveRow[] = [];
const weights = await trainDemo(runtime, recipe, (row) => {
  curve.push(row);
  console.log(`step ${row.step} of ${steps}, ${seconds()} s: loss ${row.loss}, right: ${questions.map(({ name }) => `${name} ${row.accuracy[name]}`).join(', ')}`);
});
const trainingSeconds = seconds();
const result = await heldOut(runtime, modelFile(weights), { seed: heldOutSeed(seed), pictures, threads });
console.log(JSON.stringify(result, undefined, 2));

function given(name: keyof typeof values, sound: (value: number) => boolean, wanted: string): number {
  const value = Number(values[name]);
  if (sound(value)) return value;
  console.error(`--${name} ${values[name]} is not ${wanted}`);
  process.exit(2);
}

/** Whole or not at all: an interrupted training leaves the model that was there. */
async function write(name: string, content: Uint8Array | string): Promise<void> {
  const path = join(values.out, name);
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
await mkdir(values.out, { recursive: true });
await write('demo.onnx', modelFile(weights));
await write('classes.json', json({ input: { size: pictureSize, mean: 0.5, std: 0.5, color: 'RGB' }, logits: classNames }));
await write('training-log.json', json({
  recipe, pictures: steps * recipe.batch, parameters: parameters.reduce((total, { shape }) => total + sizeOf(shape), 0),
  runtime: runtime.version, trainingSeconds, heldOut: result, curve,
}));
