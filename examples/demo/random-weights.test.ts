import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPlaces } from '@neuron-atlas/exemplars';
import { readModel, tensor, type Model } from '@neuron-atlas/onnx';
import { interpretability, openJudge, perceptOf, scaleOf, type Percept } from '@neuron-atlas/quality';
import { randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelFile, parameters } from './model.js';
import { pictureAt } from './pictures/index.js';

// What forced choices say of the demo network, and of the same network before its training.

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 2 });
const input = { name: 'image', shape: [1, 3, 64, 64] };
const [count, exemplars, batch, rowLength] = [256, 10, 16, 3 * 64 * 64];
const layer = { id: 'conv6', tensor: 'conv6', units: 96 };
const pictures = Array.from({ length: count }, (_, i) => pictureAt(31, i, 64).pixels);

interface Told { readonly interpretability: readonly number[]; readonly distinctness: readonly number[]; readonly shuffled: readonly number[] }

/** Every picture through the network; of each unit that lives the forced choices by its top exemplars. */
async function toldBy(model: Model, by: Model): Promise<Told> {
  await using places = await openPlaces({ model, runtime, input, layer, batch, leak: 1 });
  const judge = (await openJudge({ model: by, runtime, input, without: layer.tensor, size: 64, batch }))!;
  const peaks: Float32Array[] = [];
  const features: Awaited<ReturnType<typeof judge.read>>[number][] = [];
  for (let at = 0; at < count; at += batch) {
    const rows = new Float32Array(batch * rowLength);
    pictures.slice(at, at + batch).forEach((pixels, i) => pixels.forEach((byte, p) => { rows[i * rowLength + (p % 3) * 4096 + Math.floor(p / 3)] = (byte / 255 - 0.5) / 0.5; }));
    const { peaks: found } = await places.read(rows);
    for (let i = 0; i < batch; i++) peaks.push(found.slice(i * layer.units, (i + 1) * layer.units));
    features.push(...(await judge.read(rows, batch)));
  }
  await judge[Symbol.asyncDispose]();
  const scale = scaleOf(features);
  const percepts = features.map((of) => perceptOf(of, scale));
  const living = Array.from({ length: layer.units }, (_, unit) => unit).filter((unit) => peaks.some((row) => row[unit]! > 0));
  const ranked = new Map(living.map((unit) => [unit, peaks.map((row, at) => ({ at, value: row[unit]! })).sort((a, b) => b.value - a.value || a.at - b.at).map(({ at }) => percepts[at]!)]));
  const told = (what: string, of: (unit: number, draw: ReturnType<typeof randomStream>) => readonly [readonly Percept[], readonly Percept[]]): number[] => living.map((unit) => {
    const draw = randomStream(unit, what);
    const [top, bottom] = of(unit, draw);
    return interpretability(top, bottom, { trials: 20, references: 9, below: draw.below })!;
  });
  const top = (unit: number): readonly Percept[] => ranked.get(unit)!.slice(0, exemplars);
  const shuffle = <T>(list: readonly T[], draw: ReturnType<typeof randomStream>): readonly T[] => list.map((value) => ({ value, key: draw.uniform() })).sort((a, b) => a.key - b.key).map(({ value }) => value);
  return {
    interpretability: told('bottom', (unit) => [top(unit), ranked.get(unit)!.slice(-exemplars)]),
    distinctness: told('others', (unit, draw) => [top(unit), shuffle(living.filter((other) => other !== unit), draw).slice(0, 12).flatMap((other) => top(other).slice(0, 3))]),
    shuffled: told('shuffled', (unit, draw) => { const all = shuffle([...top(unit), ...ranked.get(unit)!.slice(-exemplars)], draw); return [all.slice(0, exemplars), all.slice(exemplars)]; }),
  };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const error = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1) / values.length);

let [trained, untrained, byTrained]: Told[] = [];
beforeAll(async () => {
  const network = readModel(readFileSync(join(import.meta.dirname, 'demo.onnx')));
  const { normal } = randomStream(7, 'untrained');
  const random = readModel(modelFile(new Map(parameters.map(({ name, shape, init }) => [name, tensor('f32', shape, init(shape, normal))]))));
  trained = await toldBy(network, network);
  untrained = await toldBy(random, random);
  byTrained = await toldBy(random, network);
});

describe('forced choices about the demo network, trained and not', () => {
  it('are right by chance where exemplars are shuffled between top and bottom', () => {
    for (const { shuffled } of [trained!, untrained!, byTrained!]) expect(Math.abs(mean(shuffled) - 0.5)).toBeLessThan(3 * error(shuffled));
  });

  // Exemplars of a random unit are alike too: in contrast and colour, which any network sees. What falls is how far they are the unit's own,
  // to a judge that has learnt what there is to see.
  it('tell exemplars from bottom pictures for random weights as well', () => {
    for (const { interpretability: told } of [trained!, untrained!, byTrained!]) expect(mean(told)).toBeGreaterThan(0.9);
  });

  it('tell a random unit\'s exemplars less well from those of other random units than a trained one\'s, to a trained judge', () => {
    const apart = Math.hypot(error(trained!.distinctness), error(byTrained!.distinctness));
    expect(mean(trained!.distinctness) - mean(byTrained!.distinctness)).toBeGreaterThan(2 * apart);
  });
});
