import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '@neuron-atlas/blobs';
import { findLayers, type Model, readModel, type Runtime, tensor, upgradeOpset, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset, SampleSource } from '../dataset/dataset.js';
import { indexDataset, openDataset } from '../dataset/dataset-index.js';
import { decodePicture, fillInput } from '../picture/decode-picture.js';
import { LayerTally } from './layer-tally.js';
import { openPlaces, openResponses, rankedValue } from './response-graph.js';
import { runPass, type Skipped } from './run-pass.js';
import { tallyToBytes } from './tally-bytes.js';
import { exemplarsOf } from './unit-exemplars.js';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const preprocess = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], range: [0, 1], color: 'RGB' } as const;
const pictures = 45;

let [folder, output] = ['', ''];
let runtime: Runtime;
let model: Model;
let dataset: Dataset;
let input: { readonly name: string; readonly shape: readonly number[] };
let rowLength = 0;
let layers: { readonly id: string; readonly tensor: string; readonly units: number }[];

beforeAll(async () => {
  [folder, output] = [await mkdtemp(join(tmpdir(), 'pass-')), await mkdtemp(join(tmpdir(), 'pass-out-'))];
  const random = seeded(5);
  for (let i = 0; i < pictures; i++) {
    // A few colours on a coarse grid: some pictures flat enough that units tie.
    const [side, levels] = [2 + (i % 7), 1 + (i % 4)];
    const data = Uint8Array.from({ length: side * side * 3 }, () => Math.floor(random() * levels) * Math.floor(255 / Math.max(1, levels - 1)));
    await sharp(data, { raw: { width: side, height: side, channels: 3 } }).resize(40 + i, 48, { kernel: 'nearest', fit: 'fill' }).png().toFile(join(folder, `${String((i * 19) % pictures).padStart(2, '0')}.png`));
  }
  await writeFile(join(folder, 'broken.jpg'), 'no picture');
  await writeFile(join(folder, 'notes.txt'), 'not looked at');
  runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
  model = upgradeOpset(readModel(await readFile(fileURLToPath(new URL('../../../../examples/demo/demo.onnx', import.meta.url))), { name: 'demo' }));
  input = { name: model.graph.inputs[0]!.name, shape: [1, 3, ...model.graph.inputs[0]!.shape!.slice(2)] as number[] };
  rowLength = input.shape.slice(1).reduce((a, b) => a * b, 1);
  layers = findLayers(model).map(({ id, tensor: name, units }) => ({ id, tensor: name, units }));
  const [source, out] = [await openStore(folder), await openStore(output)];
  const index = await indexDataset(source, out, {}, sha256);
  expect(index.samples).toBe(pictures + 1);
  dataset = await openDataset(source, out, index, sha256);
});
afterAll(async () => { for (const path of [folder, output]) await rm(path, { recursive: true, force: true }); });

const decode = async (content: Uint8Array, id: string, row: Float32Array): Promise<void> => {
  const decoded = await decodePicture(content, id, { preprocess, input: { height: input.shape[2]!, width: input.shape[3]! } });
  fillInput(row, decoded.input, preprocess);
};
const emptyTallies = (): LayerTally[] => layers.map(({ units }) => new LayerTally({ units, top: 9, bottom: 9 }));

async function pass(samples: AsyncIterable<SampleSource>, batch: number): Promise<{ readonly tallies: readonly LayerTally[]; readonly skipped: readonly Skipped[] }> {
  await using reader = await openResponses({ model, runtime, input, layers, batch });
  const tallies = emptyTallies();
  const skipped = await runPass({ reader, tallies, samples, decode, sha256, rowLength, signal: new AbortController().signal });
  return { tallies, skipped };
}

async function* shuffled(): AsyncIterable<SampleSource> {
  const items = Array.from({ length: dataset.samples }, (_, item) => ({ item, at: (item * 7919) % 104_729 % 97 })).sort((a, b) => a.at - b.at || a.item - b.item);
  for (const { item } of items) yield dataset.at(item);
}

/** Every activation of every picture, one picture at a time, kept whole: by layer, by picture f32[units, places]. */
async function wholeActivations(): Promise<ReadonlyMap<string, readonly { readonly id: string; readonly map: Float32Array; readonly units: number }[]>> {
  const names = layers.map((layer) => rankedValue(model, layer.tensor).name);
  const session = await runtime.load(writeModel({ ...model, graph: { ...model.graph, outputs: names.map((name) => ({ name, dtype: 'f32' as const, untyped: true as const })) } }));
  const kept = new Map<string, { id: string; map: Float32Array; units: number }[]>(layers.map(({ id }) => [id, []]));
  for await (const sample of dataset.range(0, dataset.samples)) {
    if (sample.id === 'broken.jpg') continue;
    const row = new Float32Array(rowLength);
    await decode(await sample.read(), sample.id, row);
    const found = await session.run({ [input.name]: tensor('f32', [...input.shape], row) });
    layers.forEach(({ id, units }, i) => kept.get(id)!.push({ id: sample.id, map: found[names[i]!]!.data as Float32Array, units }));
  }
  return kept;
}

describe('a pass over a data set', () => {
  it('finds the exemplars that keeping every activation and sorting finds: pictures, order, values and places', async () => {
    const { tallies, skipped } = await pass(dataset.range(0, dataset.samples), 8);
    expect(skipped).toEqual([{ sampleId: 'broken.jpg', code: 'EXEMPLARS_BAD_PICTURE', reason: expect.stringContaining('broken.jpg') as string }]);
    const whole = await wholeActivations();
    for (const [at, layer] of layers.entries()) {
      await using places = await openPlaces({ model, runtime, input, layer, batch: 8, leak: 1 });
      const tally = tallies[at]!;
      for (let unit = 0; unit < layer.units; unit++) {
        const all = whole.get(layer.id)!.map(({ id, map, units }) => {
          const own = map.subarray((map.length / units) * unit, (map.length / units) * (unit + 1));
          let place = 0;
          for (let i = 1; i < own.length; i++) if (own[i]! > own[place]!) place = i;
          return { id, value: own[place]!, place };
        });
        const falling = all.toSorted((a, b) => b.value - a.value || (a.id < b.id ? -1 : 1));
        const rising = all.toSorted((a, b) => a.value - b.value || (a.id < b.id ? -1 : 1));
        const found = exemplarsOf(tally, unit, 5);
        const of = (kind: string): { id: string; value: number }[] => found.filter((one) => one.kind === kind).map(({ sample, value }) => ({ id: sample.id, value }));
        expect(of('top')).toEqual(falling.slice(0, 9).map(({ id, value }) => ({ id, value })));
        expect(of('bottom')).toEqual(rising.slice(0, 9).map(({ id, value }) => ({ id, value: value + 0 })));
        // Fewer pictures than are sampled: quantiles are those of all.
        expect(of('quantile')).toEqual([1, 2, 3, 4, 5].map((k) => rising[Math.round((k / 6) * (pictures - 1))]!).map(({ id, value }) => ({ id, value })));
        if (unit % 5 === 0) {
          const best = found[0]!;
          const batch = new Float32Array(8 * rowLength);
          await decode(await (await dataset.at(best.sample.item)).read(), best.sample.id, batch.subarray(0, rowLength));
          expect((await places.read(batch)).places[unit]).toBe(falling[0]!.place);
        }
      }
    }
  }, 60_000);

  it('gives the same bytes for any batch, in any order, for 1, 2 and 7 shards', async () => {
    const bytes = (tallies: readonly LayerTally[]): string[] => tallies.map((tally) => sha256(tallyToBytes(tally)));
    const whole = bytes((await pass(dataset.range(0, dataset.samples), 8)).tallies);
    for (const batch of [1, 3]) expect(bytes((await pass(dataset.range(0, dataset.samples), batch)).tallies), `batch ${batch}`).toEqual(whole);
    expect(bytes((await pass(shuffled(), 8)).tallies)).toEqual(whole);
    for (const shards of [2, 7]) {
      const merged = emptyTallies();
      const step = Math.ceil(dataset.samples / shards);
      for (let shard = shards - 1; shard >= 0; shard--) {
        const { tallies } = await pass(dataset.range(shard * step, (shard + 1) * step), 4);
        tallies.forEach((tally, i) => merged[i]!.merge(tally));
      }
      expect(bytes(merged), `${shards} shards`).toEqual(whole);
    }
  }, 60_000);
});
