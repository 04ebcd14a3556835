import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePicture, fillInput } from '@neuron-atlas/exemplars/node';
import { findLayers, readModel, upgradeOpset } from '@neuron-atlas/onnx';
import { beyondLooks, likenessOf, type Percept, type SeenTwice } from '@neuron-atlas/quality';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { redrawn } from '../control/redrawn.js';
import { scoreLayer, seenBy, type PictureRows, type Told } from '../control/score-layer.js';

const photographs = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB', resize: 96 } as const;
const side = 96;
const batch = 8;
/** Seeds of the networks whose units are scored untrained, and of those that say what looks alike. */
const scored = [7, 9, 10];
const plain = [8, 11, 12, 13, 30, 31, 32, 33];
/** Each part of the photographs is seen beyond what the other parts let expect of its looks. */
const parts = 5;

const kinds = ['beyond', 'lookAlikes', 'bottom'] as const satisfies readonly (keyof Told)[];

/**
 * The random-weight control: units of a network and of the same one with weights drawn anew, by their strongest of a folder's photographs (whole, 96 pixels), judged by the
 * deepest of the trained network's other layers. Prints for each of some layers the choice against the weakest pictures and the one between look-alikes, as seen and beyond looks (docs/quality.md). Untrained units are those of three networks; the last line has the mean of each, for networks differ by more than units do.
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
  const untrained = scored.map((seed) => redrawn(trained, seed));
  console.log(`${path.split('/').at(-1)}, ${pictures.count} photographs, up to ${units} units a layer; mean of units ± standard error\n`);
  console.log('| layer | beyond looks: trained | untrained | look-alikes: trained | untrained | weakest pictures: trained | untrained |\n|---|---|---|---|---|---|---|');
  const totals = { trained: [] as Told[], untrained: untrained.map((): Told[] => []) };
  for (const layer of layers) {
    const judged = await seenBy({ model: trained, runtime, input }, layer.tensor, pictures);
    const looks: (readonly Percept[])[] = [];
    for (const seed of plain) looks.push(await seenBy({ model: redrawn(trained, seed), runtime, input }, layer.tensor, pictures));
    // The judge's deepest layer has content, those before it looks.
    const seen = judged.map((one, i): SeenTwice => ({ judged: one.slice(-1), plain: looks.flatMap((of) => of[i]!) }));
    const alike = await likenessOf(runtime, seen.map(({ plain: looksLike }) => looksLike));
    const partOf = (i: number): number => Math.floor((i * parts) / seen.length);
    const beyond = Array.from({ length: parts }, (_, part) => beyondLooks(seen.filter((__, i) => partOf(i) === part), seen.filter((__, i) => partOf(i) !== part), alike)).flat();
    const sights = { seen, beyond: seen.map(({ plain: looksLike }, i): SeenTwice => ({ judged: beyond[i]!, plain: looksLike })), alike };
    const of = (model: typeof trained): Promise<readonly Told[]> => scoreLayer({ model, runtime, input }, layer, Number(units), pictures, sights);
    const a = await of(trained);
    totals.trained.push(...a);
    const b: Told[] = [];
    for (const [i, model] of untrained.entries()) {
      const told = await of(model);
      totals.untrained[i]!.push(...told);
      b.push(...told);
    }
    console.log(`| ${layer.id} | ${kinds.flatMap((kind) => [a, b].map((told) => spread(told.map((one) => one[kind])))).join(' | ')} |`);
  }
  console.log(`| all | ${kinds.flatMap((kind) => [totals.trained, totals.untrained.flat()].map((told) => spread(told.map((one) => one[kind])))).join(' | ')} |`);
  for (const kind of kinds) {
    const means = totals.untrained.map((told) => told.reduce((sum, one) => sum + one[kind], 0) / told.length);
    console.log(`${kind}: untrained networks ${means.map((mean) => mean.toFixed(3)).join(', ')}; over networks ${spread(means)}`);
  }
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
