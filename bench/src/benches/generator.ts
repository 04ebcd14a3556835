import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAtlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { findLayers, readModel } from '@neuron-atlas/onnx';
import { compareTable } from '../priors/compare-table.js';
import { generatorView } from '../priors/generator-view.js';
import { runSpec } from '../priors/run-spec.js';
import { watchRanges, type Watched } from '../priors/watch-ranges.js';

const demo = fileURLToPath(new URL('../../../examples/demo', import.meta.url));
/** Layers and units of each whose ascents are watched step by step. */
const watched = { layers: 6, units: 16 };
const photographs = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB', resize: 72, crop: 64 } as const;

/**
 * The prior `generator` beside `fourier` and `pixels`, as many steps each, on pictures of 64 pixels: every unit of the demo network with the
 * generator that comes with it, or the first UNITS of each layer that has as many of a network for photographs, with a generator that was trained for it.
 *
 * Scores are those of the pictures' 8 bits through the original model. Some units of six layers ascend once more, watched at every step: how
 * many components of the code were out of its range, the drawn start apart, and how many values of the pictures out of 0..1.
 */
export async function generator(args: readonly string[]): Promise<void> {
  const [work, steps = '96', model, pictures, trained, each = '20'] = args;
  if (work === undefined || (model !== undefined && (pictures === undefined || trained === undefined))) throw new Error('usage: npm run bench -- generator WORK [STEPS [MODEL PICTURES GENERATOR-FOLDER [UNITS]]]');
  const folder = resolve(trained ?? join(demo, 'generator'));
  const network = model === undefined ? { path: join(demo, 'demo.onnx'), preprocess: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], range: [0, 1], color: 'RGB' } as const } : { path: resolve(model), preprocess: photographs };
  const shared = { objective: 'channel', steps: Number(steps), size: 64, batch: 16, seeds: [0] };
  const made = await generatorView(folder);
  const views = [
    { ...made, view: { ...shared, ...made.view } },
    { name: 'fourier', view: { ...shared, prior: 'fourier' }, range: undefined },
    { name: 'pixels', view: { ...shared, prior: 'pixels' }, range: undefined },
  ];
  const times = await runSpec(resolve(work), {
    name: 'generator', model: network,
    units: model === undefined ? { layers: 'all', channels: 'all' } : { layers: await layersWith(network.path, Number(each)), channels: `0-${Number(each) - 1}` }, dataset: { path: pictures === undefined ? join(demo, 'pictures.tar') : resolve(pictures) },
    views: { exemplars: { top: 10, bottom: 10, quantiles: 0, effective: [] }, synthesis: views.map(({ view }) => view) }, quality: {},
  });
  const atlas = await openAtlas(await openStore(join(resolve(work), 'atlas')));
  const rows = (await Promise.all((await atlas.layers()).map(({ layer }) => atlas.units(layer)))).flat();
  const living = rows.filter(({ max }) => max !== null && max > 0);
  console.log(`\n${rows.length} units, ${living.length} of them living; ${steps} steps, 64 pixels\n`);
  for (const line of compareTable(living, views.map(({ name }) => name), times)) console.log(line);
  console.log(`\nout of range, ${watched.units} units of ${watched.layers} layers, every step\n`);
  for (const { name, view, range: bounds } of views) {
    const { code, pixels } = await watchRanges({ model: network.path, preprocess: network.preprocess, ...watched, view: { priorParams: {}, objectiveParams: {}, ...view }, ...(bounds === undefined ? {} : { range: bounds }) });
    console.log(`${name}: ${bounds === undefined ? '' : `components of the code ${shareOf(code)}, `}pixels ${shareOf(pixels)}`);
  }
}

const layersWith = async (path: string, units: number): Promise<readonly string[]> =>
  findLayers(readModel(await readFile(path), { name: path })).filter((layer) => layer.units >= units).map(({ id }) => id);

const shareOf = ({ out, of }: Watched): string => `${out} of ${of} (${((100 * out) / of).toFixed(2)} %)`;
