import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '@neuron-atlas/blobs';
import { findLayers, type Model, readModel, type Runtime, type Session, tensor, upgradeOpset, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset, SampleSource } from '../dataset/dataset.js';
import { indexDataset, openDataset } from '../dataset/dataset-index.js';
import { decodePicture, fillInput } from '../picture/decode-picture.js';
import { LayerTally } from './layer-tally.js';
import { openPlaces, openResponses } from './response-graph.js';
import { runPass } from './run-pass.js';
import { tallyToBytes } from './tally-bytes.js';
import { exemplarsOf } from './unit-exemplars.js';

// 200 units in 8 layers of SqueezeNet 1.1. `npm run test:exemplars` takes all photographs there are, `npm test` the first 16.
const shared = join(process.env['NEURON_ATLAS_SHARED'] ?? fileURLToPath(new URL('../../../../../shared', import.meta.url)), 'data');
const reason = existsSync(join(shared, 'models', 'squeezenet1_1.onnx')) ? '' : ` (skipped: there is no ${shared}; set NEURON_ATLAS_SHARED)`;
const most = process.env['NEURON_ATLAS_PHOTOGRAPHS'] === 'all' ? Infinity : 16;

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const preprocess = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], range: [0, 1], color: 'RGB', resize: 256 } as const;
const input = { name: 'data', shape: [1, 3, 224, 224] };
const rowLength = 3 * 224 * 224;
const unitsOfAll = 200;
const size = { top: 9, bottom: 9 };

let output = '';
let runtime: Runtime;
let model: Model;
let dataset: Dataset;
let samples = 0;
let layers: readonly { readonly id: string; readonly tensor: string; readonly units: number }[];
/** Units looked at, by layer. */
let chosen: ReadonlyMap<string, readonly number[]>;

beforeAll(async () => {
  if (reason !== '') return;
  output = await mkdtemp(join(tmpdir(), 'photographs-'));
  runtime = await createNodeRuntime({ provider: 'cpu', threads: 2 });
  model = upgradeOpset(readModel(await readFile(join(shared, 'models', 'squeezenet1_1.onnx')), { name: 'squeezenet' }));
  const [source, out] = [await openStore(join(shared, 'images')), await openStore(output)];
  const index = await indexDataset(source, out, {}, sha256);
  dataset = await openDataset(source, out, index, sha256);
  samples = Math.min(most, index.samples);
  const all = findLayers(model);
  layers = Array.from({ length: 8 }, (_, i) => all[Math.round((i * (all.length - 1)) / 7)]!).map(({ id, tensor: name, units }) => ({ id, tensor: name, units }));
  const random = seeded(11);
  const drawn = layers.map(() => new Set<number>());
  for (let turn = 0, count = 0; count < unitsOfAll; turn++) {
    const at = turn % layers.length;
    if (drawn[at]!.size === layers[at]!.units) continue;
    const before = drawn[at]!.size;
    drawn[at]!.add(Math.floor(random() * layers[at]!.units));
    count += drawn[at]!.size - before;
  }
  chosen = new Map(layers.map(({ id }, i) => [id, [...drawn[i]!]]));
});
afterAll(async () => { if (output !== '') await rm(output, { recursive: true, force: true }); });

const decode = async (content: Uint8Array, id: string, row: Float32Array): Promise<void> =>
  fillInput(row, (await decodePicture(content, id, { preprocess, input: { height: 224, width: 224 } })).input, preprocess);

async function pass(from: AsyncIterable<SampleSource>, batch: number): Promise<readonly LayerTally[]> {
  await using reader = await openResponses({ model, runtime, input, layers, batch });
  const tallies = layers.map(({ units }) => new LayerTally({ units, ...size }));
  expect(await runPass({ reader, tallies, samples: from, decode, sha256, rowLength, signal: new AbortController().signal })).toEqual([]);
  return tallies;
}

async function* shuffled(): AsyncIterable<SampleSource> {
  const random = seeded(3);
  const items = Array.from({ length: samples }, (_, item) => ({ item, at: random() })).sort((a, b) => a.at - b.at);
  for (const { item } of items) yield dataset.at(item);
}

interface Answer { readonly id: string; readonly value: number; readonly place: number }

/** One picture at a time through the file's own graph; of each unit's whole map the largest value and its first place, by a plain loop. */
async function bruteForce(): Promise<ReadonlyMap<string, readonly Answer[]>> {
  // Behind the rectifier that reads the layer, as exemplars are ranked: found here by its name in the file.
  const rectified = layers.map(({ tensor: name }) => model.graph.nodes.find((node) => node.op === 'Relu' && node.inputs[0] === name)!.outputs[0]!);
  await using session: Session = await runtime.load(writeModel({ ...model, graph: { ...model.graph, outputs: rectified.map((name) => ({ name, dtype: 'f32' as const, untyped: true as const })) } }));
  const answers = new Map<string, Answer[]>();
  for (let item = 0; item < samples; item++) {
    const sample = await dataset.at(item);
    const row = new Float32Array(rowLength);
    await decode(await sample.read(), sample.id, row);
    const found = await session.run({ [input.name]: tensor('f32', input.shape, row) });
    for (const [i, { id, units }] of layers.entries()) {
      const map = found[rectified[i]!]!.data as Float32Array;
      const places = map.length / units;
      for (const unit of chosen.get(id)!) {
        let place = 0;
        for (let p = 1; p < places; p++) if (map[unit * places + p]! > map[unit * places + place]!) place = p;
        const key = `${id} ${unit}`;
        const list = answers.get(key) ?? [];
        list.push({ id: sample.id, value: map[unit * places + place]!, place });
        answers.set(key, list);
      }
    }
  }
  return answers;
}

describe(`a pass over photographs${reason}`, () => {
  it.runIf(reason === '')('finds for 200 units in 8 layers what a brute-force pass finds: values, order, pictures and places', async () => {
    const tallies = await pass(dataset.range(0, samples), 8);
    const answers = await bruteForce();
    const compared = new Set<string>();
    for (const [at, layer] of layers.entries()) {
      await using places = await openPlaces({ model, runtime, input, layer, batch: 8, leak: 1 });
      const wanted = new Map<number, { readonly unit: number; readonly place: number }[]>();
      for (const unit of chosen.get(layer.id)!) {
        const all = answers.get(`${layer.id} ${unit}`)!;
        const placeOf = new Map(all.map(({ id, place }) => [id, place]));
        const falling = all.toSorted((a, b) => b.value - a.value || (a.id < b.id ? -1 : 1)).slice(0, size.top);
        const rising = all.toSorted((a, b) => a.value - b.value || (a.id < b.id ? -1 : 1)).slice(0, size.bottom);
        const found = exemplarsOf(tallies[at]!, unit, 5);
        const of = (kind: string): { id: string; value: number }[] => found.filter((one) => one.kind === kind).map(({ sample, value }) => ({ id: sample.id, value }));
        expect(of('top'), `${layer.id}/${unit}`).toEqual(falling.map(({ id, value }) => ({ id, value })));
        expect(of('bottom'), `${layer.id}/${unit}`).toEqual(rising.map(({ id, value }) => ({ id, value: value + 0 })));
        for (const { sample } of found) wanted.set(sample.item, [...wanted.get(sample.item) ?? [], { unit, place: placeOf.get(sample.id)! }]);
        compared.add(`${layer.id}/${unit}`);
      }
      const items = [...wanted.keys()];
      for (let start = 0; start < items.length; start += 8) {
        const pictures = new Float32Array(8 * rowLength);
        for (const [row, item] of items.slice(start, start + 8).entries()) {
          const sample = await dataset.at(item);
          await decode(await sample.read(), sample.id, pictures.subarray(row * rowLength, (row + 1) * rowLength));
        }
        const found = (await places.read(pictures)).places;
        for (const [row, item] of items.slice(start, start + 8).entries()) {
          for (const { unit, place } of wanted.get(item)!) expect(found[row * layer.units + unit], `${layer.id}/${unit} in ${item}`).toBe(place);
        }
      }
    }
    expect(compared.size).toBe(unitsOfAll);
  }, 900_000);

  it.runIf(reason === '')('gives the same bytes for 1, 2 and 7 shards, several batch sizes and a shuffled order', async () => {
    const bytes = (tallies: readonly LayerTally[]): string[] => tallies.map((tally) => sha256(tallyToBytes(tally)));
    const whole = bytes(await pass(dataset.range(0, samples), 8));
    for (const batch of [1, 5]) expect(bytes(await pass(dataset.range(0, samples), batch)), `batch ${batch}`).toEqual(whole);
    expect(bytes(await pass(shuffled(), 8)), 'shuffled').toEqual(whole);
    for (const shards of [2, 7]) {
      const merged = layers.map(({ units }) => new LayerTally({ units, ...size }));
      const step = Math.ceil(samples / shards);
      for (let shard = shards - 1; shard >= 0; shard--) {
        (await pass(dataset.range(shard * step, Math.min(samples, (shard + 1) * step)), 4)).forEach((tally, i) => merged[i]!.merge(tally));
      }
      expect(bytes(merged), `${shards} shards`).toEqual(whole);
    }
  }, 900_000);
});
