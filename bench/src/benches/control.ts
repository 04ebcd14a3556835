import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePicture, fillInput } from '@neuron-atlas/exemplars/node';
import { findLayers, readModel, upgradeOpset } from '@neuron-atlas/onnx';
import type { Percept } from '@neuron-atlas/quality';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { redrawn } from '../control/redrawn.js';
import { scoreLayer, seenBy, type PictureRows } from '../control/score-layer.js';

const photographs = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB', resize: 96 } as const;
const side = 96;
const batch = 8;
/** Seeds of the network whose units are scored untrained, and of those that say what looks alike. */
const scored = 7;
const plain = [8, 11, 12, 13];

/**
 * The random-weight control: units of a network and of the same one with weights drawn anew, by their strongest of a folder's photographs (whole, 96 pixels), judged by the
 * deepest of the trained network's other layers. Prints for each of some layers the choice against the weakest pictures and the one between look-alikes (docs/quality.md).
 */
export async function control([path, folder, units = '48', layerCount = '6']: readonly string[]): Promise<void> {
  if (path === undefined || folder === undefined) throw new Error('usage: npm run bench -- control MODEL PICTURES [UNITS [LAYERS]]');
  const runtime = await createNodeRuntime({ provider: 'cpu' });
  const trained = upgradeOpset(readModel(await readFile(path), { name: path }));
  const [info] = trained.graph.inputs;
  const input = { name: info!.name, shape: [1, ...info!.shape!.slice(1).map(Number)] };
  const pictures = await read(folder);
  const all = findLayers(trained);
  const layers = Array.from({ length: Number(layerCount) }, (_, i) => all[Math.round((i * (all.length - 1)) / (Number(layerCount) - 1))]!);
  const untrained = redrawn(trained, scored);
  console.log(`${path.split('/').at(-1)}, ${pictures.count} photographs, up to ${units} units a layer; mean of units ± standard error\n`);
  console.log('| layer | look-alikes: trained | untrained | weakest pictures: trained | untrained |\n|---|---|---|---|---|');
  const totals = { trained: [] as number[], untrained: [] as number[] };
  for (const layer of layers) {
    const judged = await seenBy({ model: trained, runtime, input }, layer.tensor, pictures);
    const looks: (readonly Percept[])[] = [];
    for (const seed of plain) looks.push(await seenBy({ model: redrawn(trained, seed), runtime, input }, layer.tensor, pictures));
    // The judge's deepest layer has content, those before it looks.
    const seen = judged.map((one, i) => ({ judged: one.slice(-1), plain: looks.flatMap((of) => of[i]!) }));
    const of = (model: typeof trained): ReturnType<typeof scoreLayer> => scoreLayer({ model, runtime, input }, layer, Number(units), pictures, seen);
    const [a, b] = [await of(trained), await of(untrained)];
    totals.trained.push(...a.map(({ lookAlikes }) => lookAlikes));
    totals.untrained.push(...b.map(({ lookAlikes }) => lookAlikes));
    console.log(`| ${layer.id} | ${[a, b].map((told) => spread(told.map(({ lookAlikes }) => lookAlikes))).join(' | ')} | ${[a, b].map((told) => spread(told.map(({ bottom }) => bottom))).join(' | ')} |`);
  }
  console.log(`| all | ${spread(totals.trained)} | ${spread(totals.untrained)} | | |`);
}

async function read(folder: string): Promise<PictureRows> {
  const names = (await readdir(folder)).filter((file) => /\.(jpe?g|png)$/i.test(file)).sort();
  const length = 3 * side * side;
  const rows = Array.from({ length: Math.ceil(names.length / batch) }, () => new Float32Array(batch * length));
  for (const [i, name] of names.entries()) {
    const { input } = await decodePicture(await readFile(join(folder, name)), name, { preprocess: photographs, input: { height: side, width: side } });
    const row = i % batch;
    fillInput(rows[Math.floor(i / batch)]!.subarray(row * length, (row + 1) * length), input, photographs);
  }
  return { count: names.length, batch, rows, size: { height: side, width: side } };
}

function spread(values: readonly number[]): string {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) / values.length);
  return `${mean.toFixed(3)} ± ${error.toFixed(3)} (${values.length})`;
}
