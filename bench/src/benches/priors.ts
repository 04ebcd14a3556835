import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAtlas, type Atlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { findLayers, readModel } from '@neuron-atlas/onnx';
import { comparedViews, type ComparedView } from '../priors/compared-views.js';
import { compareTable, percent } from '../priors/compare-table.js';
import { generatorView } from '../priors/generator-view.js';
import { naturalMaxima } from '../priors/natural-maxima.js';
import { runSpec } from '../priors/run-spec.js';
import { writeSheet } from '../priors/write-sheet.js';

const layerCount = 8;
const photographs = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB', resize: 256 } as const;

/**
 * Priors side by side on some units of eight layers of a network for photographs: how far their pictures get, how well they explain their
 * units, whether seeds agree, and what a picture costs. PRIORS is a list of names with commas; all that need nothing but the model where it is not given, and `generator`
 * with the folder of a training.
 *
 * Prints docs/priors.md's table. With `beats` it says instead how many living units of all layers long ascents (by `fourier`, or by
 * the priors that are named) drive beyond every photograph; with `sheets` it draws the contact sheets of the demo network, into a folder.
 */
export async function priors(args: readonly string[]): Promise<void> {
  const usage = 'usage: npm run bench -- priors MODEL PICTURES WORK [UNITS [STEPS [SIZE [PRIORS [GENERATOR-FOLDER]]]]], priors beats with the same, or priors sheets WORK FOLDER';
  if (args[0] === 'beats') {
    const [model, pictures, work, units = '200', steps = '256', size = '96', names = 'fourier', trained] = args.slice(1);
    if (model === undefined || pictures === undefined || work === undefined) throw new Error(usage);
    const views = await viewsCalled(names, trained, usage);
    return beats({ model: resolve(model), pictures: resolve(pictures), work: resolve(work), units: Number(units), steps: Number(steps), size: Number(size), views });
  }
  const [first, second, third, units = '200', steps = '64', size = '64', names = comparedViews.map(({ name }) => name).join(), trained] = args;
  if (first === undefined || second === undefined || third === undefined) throw new Error(usage);
  if (first === 'sheets') return sheets(resolve(second), resolve(third));
  const views = await viewsCalled(names, trained, usage);
  await compare({ model: resolve(first), pictures: resolve(second), work: resolve(third), units: Number(units), steps: Number(steps), size: Number(size), views });
}

/** `trained` is the folder of a generator for the model. */
async function viewsCalled(names: string, trained: string | undefined, usage: string): Promise<readonly ComparedView[]> {
  return Promise.all(names.split(',').map(async (name) => {
    const found = name === 'generator' && trained !== undefined ? await generatorView(resolve(trained)) : comparedViews.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no prior of the comparison is called ${name}${name === 'generator' ? ' without the folder of one' : ''}\n${usage}`);
    return found;
  }));
}

interface Measured { readonly model: string; readonly pictures: string; readonly work: string; readonly units: number; readonly steps: number; readonly size: number }
interface Comparison extends Measured { readonly views: readonly ComparedView[] }

async function compare({ model: path, pictures, work, units, steps, size, views }: Comparison): Promise<void> {
  // Only layers that have as many units: each counts the same.
  const all = findLayers(readModel(await readFile(path), { name: path })).filter((layer) => layer.units >= units / layerCount);
  const layers = Array.from({ length: layerCount }, (_, i) => all[Math.round((i * (all.length - 1)) / (layerCount - 1))]!);
  const each = Math.max(1, Math.floor(units / layerCount));
  const times = await runSpec(work, {
    name: 'priors', model: { path, preprocess: photographs }, units: { layers: layers.map(({ id }) => id), channels: `0-${each - 1}` }, dataset: { path: pictures },
    views: { exemplars: { top: 10, bottom: 10, quantiles: 0, effective: [] }, synthesis: views.map(({ view }) => ({ objective: 'channel', batch: batchFor(each), steps, size, seeds: [0, 1], ...view })) }, quality: {},
  });
  const atlas = await openAtlas(await openStore(join(work, 'atlas')));
  const rows = (await Promise.all(layers.map(({ id }) => atlas.units(id)))).flat();
  const living = rows.filter(({ max }) => max !== null && max > 0);
  console.log(`\n${rows.length} units in ${layers.length} layers (${layers.map(({ id }) => id).join(', ')}), ${living.length} of them living; ${steps} steps, ${size} pixels, seeds 0 and 1\n`);
  for (const line of compareTable(living, views.map(({ name }) => name), times)) console.log(line);
}

/** The largest batch up to 8 that leaves few rows of the last one empty. */
const batchFor = (units: number): number => Math.ceil(units / Math.ceil(units / 8));

/** Long ascents of as many units of every layer, held against every photograph. The sweep's own exemplars say which units live, its measures what an 8-bit picture reaches. */
async function beats({ model: path, pictures, work, units, steps, size, views }: Comparison): Promise<void> {
  const model = readModel(await readFile(path), { name: path });
  const layers = findLayers(model);
  const each = Math.max(1, Math.round(units / layers.length));
  await runSpec(work, {
    name: 'beats', model: { path, preprocess: photographs }, units: { layers: 'all', channels: `0-${each - 1}` }, dataset: { path: pictures },
    views: { exemplars: { top: 2, bottom: 2, quantiles: 0, effective: [] }, synthesis: views.map(({ view }) => ({ objective: 'channel', batch: batchFor(each), steps, size, seeds: [0], ...view })) }, quality: { trials: 1, references: 1 },
  });
  const natural = await naturalMaxima({ model, pictures, tensors: layers.map(({ tensor }) => tensor), preprocess: photographs });
  const atlas = await openAtlas(await openStore(join(work, 'atlas')));
  for (const [view, { name }] of views.entries()) {
    console.log(`\n${name}, ${steps} steps, ${size} pixels, units 0 to ${each - 1} of all ${layers.length} layers`);
    await beatsAll({ natural, layers, atlas, view });
  }
}

interface Against { readonly natural: Awaited<ReturnType<typeof naturalMaxima>>; readonly layers: ReturnType<typeof findLayers>; readonly atlas: Atlas; readonly view: number }

/** Holds one view against every photograph: the same statistic of both, the photographs' by a plain pass of their own. */
async function beatsAll({ natural, layers, atlas, view }: Against): Promise<void> {
  let [above, units] = [0, 0];
  const failing: string[] = [];
  for (const { id, tensor } of layers) {
    for (const { unit, max, pictureQuality } of await atlas.units(id)) {
      const best = (pictureQuality ?? []).filter((one) => one.view === view).reduce((most, { activation }) => Math.max(most, activation), -Infinity);
      if (max === null || max <= 0 || best === -Infinity) continue;
      units++;
      const highest = natural.get(tensor)!.mean[unit]!;
      if (best > highest) above++;
      else failing.push(`${id}/${unit} (${(best / highest).toFixed(2)})`);
    }
  }
  console.log(`beats every one of ${natural.get(layers[0]!.tensor)!.pictures} photographs: ${above} of ${units} living units (${percent(above / units)})${failing.length === 0 ? '' : `; not: ${failing.join(', ')}`}`);
}

/** A contact sheet of the demo network for each prior: the same units, in rows. */
async function sheets(work: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const demo = fileURLToPath(new URL('../../../examples/demo', import.meta.url));
  const views: readonly ComparedView[] = [...comparedViews, await generatorView(join(demo, 'generator'))];
  await runSpec(work, {
    name: 'sheets', model: { path: join(demo, 'demo.onnx'), preprocess: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } }, units: { layers: ['conv2', 'conv4', 'conv6'], channels: '0-11' },
    views: { synthesis: views.map(({ view }) => ({ objective: 'channel', steps: 192, size: 64, batch: 12, ...view })) },
  });
  const atlas = await openAtlas(await openStore(join(work, 'atlas')));
  for (const [view, { name }] of views.entries()) await writeSheet(atlas, { layers: ['conv2', 'conv4', 'conv6'], units: 12, view, tile: 64 }, join(folder, `${name}.webp`));
}
