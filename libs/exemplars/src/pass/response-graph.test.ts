import { f32, GraphBuilder, type LayerKind, type Model, type Runtime, type Value } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { openPlaces, openResponses } from './response-graph.js';

const batch = 2;
let runtime: Runtime;
beforeAll(async () => { runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 }); });

/** A model whose one layer is its input of 144 numbers, weighted and in another shape. */
function layerOf(shape: readonly number[], weights: Float32Array): { readonly model: Model; readonly tensor: string } {
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('x', 'f32', [batch, 3, 4, 12]);
  const value: Value = g.reshape(g.mul(x, g.constant(f32([1, 3, 4, 12], weights))), [batch, ...shape]);
  return { model: { irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('test', [value]) }, tensor: value.name };
}

describe('the answers of a layer', () => {
  const cases: readonly { readonly name: string; readonly shape: readonly number[]; readonly units: number; readonly axis: number; readonly kind: LayerKind; readonly map: readonly number[]; readonly answer: (own: Float32Array, unit: number, place: number) => number }[] = [
    { name: 'a map', shape: [4, 6, 6], units: 4, axis: 1, kind: 'channel', map: [6, 6], answer: (own, unit, place) => own[unit * 36 + place]! },
    // As many tokens as features: only the axis tells them apart.
    { name: 'tokens', shape: [12, 12], units: 12, axis: 2, kind: 'feature', map: [12], answer: (own, unit, place) => own[place * 12 + unit]! },
    { name: 'heads', shape: [3, 6, 8], units: 3, axis: 1, kind: 'head', map: [6], answer: (own, unit, place) => own.subarray((unit * 6 + place) * 8, (unit * 6 + place + 1) * 8).reduce((sum, value) => sum + value ** 2, 0) / 8 },
    { name: 'dense units', shape: [144], units: 144, axis: 1, kind: 'feature', map: [], answer: (own, unit) => own[unit]! },
  ];
  it.each(cases)('of $name are the largest over their places, and where it stands', async ({ shape, units, axis, kind, map, answer }) => {
    const random = seeded(4);
    const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => random() - 0.5);
    const [weights, pictures] = [numbers(144), numbers(batch * 144)];
    const { model, tensor } = layerOf(shape, weights);
    const layer = { id: 'l', tensor, units, axis, kind };
    const input = { name: 'x', shape: [1, 3, 4, 12] };
    await using reader = await openResponses({ model, runtime, input, layers: [layer], batch });
    await using finder = await openPlaces({ model, runtime, input, layer, batch, leak: 1 });
    const [largest, { places, means }] = [await reader.read(pictures), await finder.read(pictures)];
    expect(finder.map).toEqual(map);
    const count = map.reduce((a, b) => a * b, 1);
    for (let row = 0; row < batch; row++) {
      const own = pictures.slice(row * 144, (row + 1) * 144).map((value, i) => value * weights[i]!);
      for (let unit = 0; unit < units; unit++) {
        const all = Array.from({ length: count }, (_, place) => answer(own, unit, place));
        expect(largest[row * units + unit]).toBeCloseTo(Math.max(...all), 5);
        expect(all[places[row * units + unit]!]).toBeCloseTo(Math.max(...all), 5);
        expect(means[row * units + unit]).toBeCloseTo(all.reduce((a, b) => a + b) / count, 5);
      }
    }
  });
});
