import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAtlas } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { compareTable } from '../priors/compare-table.js';
import { runSpec } from '../priors/run-spec.js';

const demo = fileURLToPath(new URL('../../../examples/demo', import.meta.url));
const photographs = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB', resize: 72, crop: 64 } as const;

/**
 * The prior `generator` beside `fourier` and `pixels`, as many steps each, on pictures of 64 pixels: every unit of the demo network with the
 * generator that comes with it, or some of every layer of a network for photographs with a generator that was trained for it.
 *
 * Scores are those of the pictures' 8 bits through the original model. All three priors end in a sigmoid, so no pixel is out of range, and
 * every code but the drawn one is clipped to its range.
 */
export async function generator(args: readonly string[]): Promise<void> {
  const [work, steps = '96', model, pictures, trained, channels = '0-19'] = args;
  if (work === undefined || (model !== undefined && (pictures === undefined || trained === undefined))) throw new Error('usage: npm run bench -- generator WORK [STEPS [MODEL PICTURES GENERATOR-FOLDER [CHANNELS]]]');
  const folder = resolve(trained ?? join(demo, 'generator'));
  const shared = { objective: 'channel', steps: Number(steps), size: 64, batch: 16, seeds: [0] };
  const views = [
    { name: 'generator', view: { ...shared, recipe: 'dgn-am', priorParams: { model: join(folder, 'generator.onnx'), range: join(folder, 'code-range.json') }, learningRate: 0.3 } },
    { name: 'fourier', view: { ...shared, prior: 'fourier' } },
    { name: 'pixels', view: { ...shared, prior: 'pixels' } },
  ];
  const times = await runSpec(resolve(work), {
    name: 'generator', model: model === undefined ? { path: join(demo, 'demo.onnx'), preprocess: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } } : { path: resolve(model), preprocess: photographs },
    units: { layers: 'all', channels: model === undefined ? 'all' : channels }, dataset: { path: pictures === undefined ? join(demo, 'pictures.tar') : resolve(pictures) },
    views: { exemplars: { top: 10, bottom: 10, quantiles: 0, effective: [] }, synthesis: views.map(({ view }) => view) }, quality: {},
  });
  const atlas = await openAtlas(await openStore(join(resolve(work), 'atlas')));
  const rows = (await Promise.all((await atlas.layers()).map(({ layer }) => atlas.units(layer)))).flat();
  const living = rows.filter(({ max }) => max !== null && max > 0);
  console.log(`\n${rows.length} units, ${living.length} of them living; ${steps} steps, 64 pixels\n`);
  for (const line of compareTable(living, views.map(({ name }) => name), times)) console.log(line);
}
