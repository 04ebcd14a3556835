import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPlaces } from '@neuron-atlas/exemplars';
import { readModel, tensor, type Model } from '@neuron-atlas/onnx';
import { amongLookAlikes, beyondLooks, interpretability, likenessOf, openJudge, perceptsOf, type Likeness, type Percept, type SeenTwice } from '@neuron-atlas/quality';
import { randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelFile, parameters } from './model.js';
import { pictureAt } from './pictures/index.js';

// What forced choices say of the demo network, and of the same network before its training.

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const input = { name: 'image', shape: [1, 3, 64, 64] };
/** Pictures of which exemplars are taken, and those that say what is to be expected of looks. */
const [count, others] = [512, 1536];
const [exemplars, batch, rowLength] = [10, 16, 3 * 64 * 64];
const layer = { id: 'conv6', tensor: 'conv6', units: 96 };

interface Told { readonly interpretability: readonly number[]; readonly distinctness: readonly number[]; readonly shuffled: readonly number[]; readonly lookAlikes: readonly number[] }

const batches = Array.from({ length: (count + others) / batch }, (_, at) => {
  const rows = new Float32Array(batch * rowLength);
  for (let i = 0; i < batch; i++) pictureAt(31, at * batch + i, 64).pixels.forEach((byte, p) => { rows[i * rowLength + (p % 3) * 4096 + Math.floor(p / 3)] = (byte / 255 - 0.5) / 0.5; });
  return rows;
});

/** Every picture as a network sees it, by its layers but the one that is scored. */
async function seenBy(model: Model): Promise<readonly Percept[]> {
  await using judge = (await openJudge({ model, runtime, input, without: layer.tensor, size: 64, batch }))!;
  return await perceptsOf(judge, batches, count + others);
}

/** The pictures of `count` through the network; of each unit that lives the forced choices by its top exemplars. `beyond`: what the trained network sees beyond looks. */
async function toldBy(model: Model, percepts: readonly Percept[], beyond: readonly SeenTwice[], alike: Likeness): Promise<Told> {
  await using places = await openPlaces({ model, runtime, input, layer, batch, leak: 1 });
  const peaks: Float32Array[] = [];
  for (const rows of batches.slice(0, count / batch)) {
    const { peaks: found } = await places.read(rows);
    for (let i = 0; i < batch; i++) peaks.push(found.slice(i * layer.units, (i + 1) * layer.units));
  }
  const living = Array.from({ length: layer.units }, (_, unit) => unit).filter((unit) => peaks.some((row) => row[unit]! > 0));
  const ranked = new Map(living.map((unit) => [unit, peaks.map((row, at) => ({ at, value: row[unit]! })).sort((a, b) => b.value - a.value || a.at - b.at).map(({ at }) => at)]));
  const told = (what: string, of: (unit: number, draw: ReturnType<typeof randomStream>) => readonly [readonly Percept[], readonly Percept[]]): number[] => living.map((unit) => {
    const draw = randomStream(unit, what);
    const [top, bottom] = of(unit, draw);
    return interpretability(top, bottom, { trials: 20, references: 9, below: draw.below })!;
  });
  const seen = (places: readonly number[]): readonly Percept[] => places.map((at) => percepts[at]!);
  const top = (unit: number): readonly Percept[] => seen(ranked.get(unit)!.slice(0, exemplars));
  const bottom = (unit: number): readonly Percept[] => seen(ranked.get(unit)!.slice(-exemplars));
  const shuffle = <T>(list: readonly T[], draw: ReturnType<typeof randomStream>): readonly T[] => list.map((value) => ({ value, key: draw.uniform() })).sort((a, b) => a.key - b.key).map(({ value }) => value);
  return {
    interpretability: told('bottom', (unit) => [top(unit), bottom(unit)]),
    distinctness: told('others', (unit, draw) => [top(unit), shuffle(living.filter((other) => other !== unit), draw).slice(0, 12).flatMap((other) => top(other).slice(0, 3))]),
    shuffled: told('shuffled', (unit, draw) => { const all = shuffle([...top(unit), ...bottom(unit)], draw); return [all.slice(0, exemplars), all.slice(exemplars)]; }),
    lookAlikes: living.map((unit) => {
      const both = ranked.get(unit)!.map((at) => beyond[at]!);
      return amongLookAlikes(both.slice(0, exemplars), both.slice(exemplars), { trials: 20, references: 9, below: randomStream(unit, 'look-alikes').below }, alike)!;
    }),
  };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const error = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1) / values.length);

let [trained, untrained]: Told[] = [];
/** Units of networks with random weights, to the trained network as the judge. */
let byTrained: readonly Told[] = [];
beforeAll(async () => {
  const network = readModel(readFileSync(join(import.meta.dirname, 'demo.onnx')));
  const random = (seed: number): Model => {
    const { normal } = randomStream(seed, 'untrained');
    return readModel(modelFile(new Map(parameters.map(({ name, shape, init }) => [name, tensor('f32', shape, init(shape, normal))]))));
  };
  const judged = await seenBy(network);
  const looks: (readonly Percept[])[] = [];
  for (const seed of [8, 11, 12, 13, 30, 31, 32, 33]) looks.push(await seenBy(random(seed)));
  // The deepest layer has content, those before it looks.
  const seen = judged.map((one, at): SeenTwice => ({ judged: one.slice(-1), plain: looks.flatMap((of) => of[at]!) }));
  const alike = await likenessOf(runtime, seen.map(({ plain }) => plain));
  const beyond = beyondLooks(seen.slice(0, count), seen.slice(count), alike).map((judged, at): SeenTwice => ({ judged, plain: seen[at]!.plain }));
  trained = await toldBy(network, judged, beyond, alike);
  untrained = await toldBy(random(7), await seenBy(random(7)), beyond, alike);
  const told: Told[] = [];
  for (const seed of [14, 15, 16, 17, 18]) told.push(await toldBy(random(seed), judged, beyond, alike));
  byTrained = told;
}, 600_000);

describe('forced choices about the demo network, trained and not', () => {
  it('are right by chance where exemplars are shuffled between top and bottom', () => {
    for (const { shuffled } of [trained!, untrained!, ...byTrained]) expect(Math.abs(mean(shuffled) - 0.5)).toBeLessThan(3 * error(shuffled));
  });

  // Exemplars of a random unit are alike too: in contrast and colour, which any network sees. What falls is how far they are the unit's own,
  // to a judge that has learnt what there is to see.
  it('tell exemplars from bottom pictures for random weights as well', () => {
    for (const { interpretability: told } of [trained!, untrained!, ...byTrained]) expect(mean(told)).toBeGreaterThan(0.9);
  });

  it('tell a random unit\'s exemplars less well from those of other random units than a trained one\'s, to a trained judge', () => {
    for (const { distinctness } of byTrained) {
      expect(mean(trained!.distinctness) - mean(distinctness)).toBeGreaterThan(2 * Math.hypot(error(trained!.distinctness), error(distinctness)));
    }
  });

  // The control of Adebayo et al. 2018: of what exemplars have in common, what a trained judge sees beyond looks is the unit's own learning.
  it('tell exemplars from their look-alikes beyond looks for trained units, and by chance for random ones', () => {
    const random = byTrained.map(({ lookAlikes }) => mean(lookAlikes));
    expect(mean(trained!.lookAlikes)).toBeGreaterThan(0.8);
    expect(error(random)).toBeLessThan(0.02);
    expect(Math.abs(mean(random) - 0.5)).toBeLessThan(2 * error(random));
    for (const { lookAlikes } of byTrained) expect(Math.abs(mean(lookAlikes) - 0.5)).toBeLessThan(3 * error(lookAlikes));
  });
});
