import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSynthesis, type PublishObject, type SynthesisRow } from '@neuron-atlas/atlas';
import { openStore, type BlobStore } from '@neuron-atlas/blobs';
import { indexDataset } from '@neuron-atlas/exemplars/node';
import { f32, GraphBuilder, tensor, writeModel } from '@neuron-atlas/onnx';
import type { LayerPlan, ShardTask, SweepPlan, SynthesisView } from '@neuron-atlas/spec';
import { builtinPlugins } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '../engine.js';

// A unit with two modes: `either` answers where a 5 × 5 patch is like template 0 or like template 1, each behind a threshold.
// `first` answers to template 0 alone.

const [side, size, canvas] = [5, 32, 24];
const patch = side * side;
const random = seeded(5);
const templates = [0, 1].map(() => {
  const free = Array.from({ length: patch }, () => (random() < 0.5 ? -1 : 1));
  const mean = free.reduce((a, b) => a + b, 0) / patch;
  return free.map((value) => value - mean);
});
/** Below it a patch is not like a template: a patch that is its sign reaches about 3 · 25, a picture by chance hardly a fifth of it. */
const threshold = 30;

function network(): Uint8Array {
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('image', 'f32', [1, 3, size, size]);
  const weights = Float32Array.from({ length: 2 * 3 * patch }, (_, i) => templates[Math.floor(i / (3 * patch))]![i % patch]!);
  const map = size - side + 1;
  const detectors = g.emit('Conv', [x, g.constant(tensor('f32', [2, 3, side, side], weights), 'templates'), g.constant(f32([2], [-threshold, -threshold]), 'thresholds')], {}, [{ dtype: 'f32', shape: [1, 2, map, map], name: 'detectors' }])[0]!;
  const out = g.emit('Conv', [g.relu(detectors), g.constant(f32([2, 2, 1, 1], [1, 1, 1, 0]), 'or')], {}, [{ dtype: 'f32', shape: [1, 2, map, map], name: 'either' }])[0]!;
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('two-modes', [g.relu(out)]) });
}

/** Noise of low contrast with one template, or none, at a place. */
async function drawPictures(folder: string): Promise<void> {
  await mkdir(folder);
  for (let i = 0; i < 40; i++) {
    const grey = Array.from({ length: size * size }, () => 128 + 40 * (random() - 0.5));
    const kind = i % 4;
    const [y, x] = [4 + Math.floor(random() * 18), 4 + Math.floor(random() * 18)];
    if (kind < 2) templates[kind]!.forEach((value, at) => { grey[(y + Math.floor(at / side)) * size + x + (at % side)] = 128 + 90 * Math.sign(value); });
    await sharp(Uint8Array.from(grey.flatMap((value) => [value, value, value]).map(Math.round)), { raw: { width: size, height: size, channels: 3 } }).png().toFile(join(folder, `${String(i).padStart(2, '0')}.png`));
  }
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const never = new AbortController().signal;
let folder: string;
let store: BlobStore;
let engine: Engine;
let plan: SweepPlan;
const manifest: PublishObject[] = [];

const view = (given: Partial<SynthesisView>): SynthesisView => ({
  prior: 'fourier', priorParams: {}, objective: 'facet', objectiveParams: {}, steps: 200, size: canvas, seeds: [0, 1], learningRate: 0.05, batch: 2,
  transforms: [{ name: 'jitter', params: { pixels: 1 } }], letThrough: 16, ...given,
});
const views = [
  view({}),
  view({ objective: 'neuron' }),
  view({ prior: 'pixels', seeds: [3, 9], regularisers: [] }),
  view({ prior: 'pyramid' }),
  view({ seeds: [0, 1, 2, 3], steps: 2 }),
  view({ objective: 'neuron', seeds: [0, 1, 2, 3], steps: 2 }),
];

async function work(task: Partial<ShardTask>): Promise<readonly { readonly bytes: Uint8Array; readonly key: string }[]> {
  const { parts } = await engine.run({ task: { seq: 0, stage: 'synthesis', layer: '', unitStart: 0, unitEnd: 0, view: 0, cost: 1, sweepId: 's', plan, ...task }, manifest, failures: [] }, () => undefined, never);
  const made = [];
  for (const { path, ...object } of parts) {
    const bytes = await readFile(path);
    await store.put(object.key, bytes);
    if (task.stage !== 'synthesis') manifest.push(object);
    made.push({ bytes, key: object.key });
  }
  return made;
}
const pictures = async (index: number, units: readonly [number, number] = [0, 2]): Promise<readonly SynthesisRow[]> => {
  const [part] = await work({ stage: 'synthesis', layer: 'either', unitStart: units[0], unitEnd: units[1], view: index });
  return readSynthesis(part!.key, part!.bytes);
};
const facetOf = ({ provenance }: SynthesisRow): unknown => (JSON.parse(provenance) as { readonly facet?: unknown }).facet;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facets-test-'));
  await drawPictures(join(folder, 'pictures'));
  store = await openStore(join(folder, 'output'));
  const bytes = network();
  const modelSha256 = sha256(bytes);
  await store.put(`model/${modelSha256}.onnx`, bytes);
  const listed = await indexDataset(await openStore(join(folder, 'pictures')), store, {}, sha256);
  const layer = (id: string): LayerPlan => ({ id, tensor: id, op: 'Conv', site: 'pre', units: 2, shape: [1, 2, 28, 28], selected: [[0, 2]], megaMacs: 0.1 });
  plan = {
    version: 1, modelSha256, modelName: 'two-modes.onnx', modelBytes: bytes.length, input: { name: 'image', shape: [1, 3, size, size] }, layers: [layer('either')],
    fromExemplars: [0, 2, 3, 4], dataset: { location: join(folder, 'pictures'), index: listed.sha256, samples: listed.samples },
    spec: {
      name: 'facets', model: { path: 'two-modes.onnx', preprocess: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], range: [0, 1], color: 'RGB' } },
      units: { layers: 'all', channels: 'all' }, dataset: { path: 'pictures' }, publish: 'crops', output: join(folder, 'output'),
      views: { exemplars: { top: 24, bottom: 1, quantiles: 0, effective: [], batch: 4 }, synthesis: views },
    },
  };
  const scratchDir = await mkdtemp(join(folder, 'scratch-'));
  engine = createEngine({
    runtime: await createNodeRuntime({ provider: 'cpu', threads: 1 }), plugins: builtinPlugins, device: 'test', version: '0.0.0',
    setup: { provider: 'cpu', threads: 1, plugins: { packages: [], from: '.' }, cacheDir: join(folder, 'cache'), scratchDir },
  });
  await work({ stage: 'exemplars', unitEnd: 40 });
  await work({ stage: 'merge', layer: 'either', unitEnd: 2 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Correlation of what lies in the middle of a picture with a template. */
async function likeness({ image }: SynthesisRow, template: readonly number[]): Promise<number> {
  const { data, info } = await sharp(image!).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  // Of 20 places of the map the middle is the tenth: its field begins at pixel 10.
  const begin = 10;
  const found = Array.from({ length: patch }, (_, at) => {
    const place = ((begin + Math.floor(at / side)) * info.width + begin + (at % side)) * info.channels;
    return data[place]! + data[place + 1]! + data[place + 2]!;
  });
  const mean = found.reduce((a, b) => a + b, 0) / patch;
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const centred = found.map((value) => value - mean);
  return dot(centred, template) / Math.sqrt(dot(centred, centred) * dot(template, template));
}
const likenesses = (rows: readonly SynthesisRow[]): Promise<readonly (readonly number[])[]> =>
  Promise.all(rows.map((row) => Promise.all(templates.map((template) => likeness(row, template)))));

describe('facets of a unit with two modes', () => {
  it.each([['fourier', 0], ['pixels', 2], ['pyramid', 3]] as const)('are both of its templates, one for each seed, by the prior %s', async (_, index) => {
    const found = await likenesses((await pictures(index)).filter(({ unit }) => unit === 0));
    const first = found[0]![0]! > found[0]![1]! ? 0 : 1;
    for (const [seed, of] of [first, 1 - first].entries()) {
      expect(found[seed]![of]!).toBeGreaterThan(0.9);
      expect(Math.abs(found[seed]![1 - of]!)).toBeLessThan(0.5);
    }
  });

  it('are mixed without facets: seeds alone find neither', async () => {
    for (const both of await likenesses((await pictures(1)).filter(({ unit }) => unit === 0))) {
      for (const like of both) expect(Math.abs(like)).toBeLessThan(0.9);
    }
  });

  it('start from pictures of one kind each, which the provenance names', async () => {
    const kindOf = new Map(await Promise.all(Array.from({ length: 40 }, async (_, i) => [sha256(await readFile(join(folder, 'pictures', `${String(i).padStart(2, '0')}.png`))), i % 4] as const)));
    const facets = (await pictures(0)).filter(({ unit }) => unit === 0).map(facetOf) as readonly { readonly index: number; readonly of: number; readonly size: number; readonly exemplars: readonly string[] }[];
    expect(facets.map(({ index, of, size: own, exemplars }) => [index, of, own, exemplars.length])).toEqual([[0, 2, 10, 10], [1, 2, 10, 10]]);
    expect(facets.map(({ exemplars }) => new Set(exemplars.map((sha) => kindOf.get(sha))).size)).toEqual([1, 1]);
    expect(new Set(facets.flatMap(({ exemplars }) => exemplars)).size).toBe(20);
  });

  it('are the same bytes whichever shard they are made in', async () => {
    const whole = await pictures(0);
    expect([...(await pictures(0, [0, 1])), ...(await pictures(0, [1, 2]))]).toEqual(whole);
  });

  it('are as many as its exemplars differ in, where those are fewer; the seeds beyond start as the prior does', async () => {
    const [made, plain] = [await pictures(4), await pictures(5)];
    const sizesOf = (of: number): readonly number[] => made.filter(({ unit }) => unit === of).map((row) => (facetOf(row) as { readonly size: number }).size);
    // Of what unit 0 reads there is one or the other; of what unit 1 reads, one: of 40 pictures 10 excite it, and all others give it nothing.
    expect([sizesOf(0), sizesOf(1)]).toEqual([[10, 10, 0, 0], [10, 0, 0, 0]]);
    for (const [i, { image, seed }] of made.entries()) {
      if ((facetOf(made[i]!) as { readonly size: number }).size === 0) expect(image).toEqual(plain[i]!.image);
      else expect(image).not.toEqual(plain[i]!.image);
      expect(seed).toBe(plain[i]!.seed);
    }
  });
});
