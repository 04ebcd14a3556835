import { f32, GraphBuilder, readModel, tensor, writeModel, type Model, type Runtime, type Value } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { judgeLayers, openJudge } from './judge.js';

const input = { name: 'image', shape: [1, 3, 16, 16] };
let runtime: Runtime;
let model: Model;

/** Six convolutions with rectifiers, the last of stride 2, and a dense head for 8 × 8 places. */
function network(): Uint8Array {
  const random = seeded(2);
  const g = new GraphBuilder({ opset: 18 });
  const weights = (name: string, shape: readonly number[]): Value => g.constant(tensor('f32', shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random() - 0.5)), name);
  const conv = (x: Value, name: string, units: number, stride = 1): Value => g.relu(g.emit('Conv', [x, weights(`${name}.weight`, [units, x.shape[1]!, 3, 3])],
    { pads: { type: 'ints', value: [1, 1, 1, 1] }, strides: { type: 'ints', value: [stride, stride] } }, [{ dtype: 'f32', shape: [1, units, 16 / stride, 16 / stride], name }])[0]!);
  const last = ['a', 'b', 'c', 'd', 'e', 'f'].reduce((x, name, i) => conv(x, name, 4 + i, name === 'f' ? 2 : 1), g.input(input.name, 'f32', input.shape));
  const flat = g.reshape(last, [1, 9 * 64]);
  const head = g.emit('Gemm', [flat, weights('head.weight', [9 * 64, 5]), g.constant(f32([5], [0, 0, 0, 0, 0]), 'head.bias')], {}, [{ dtype: 'f32', shape: [1, 5], name: 'head' }])[0]!;
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('judge', [head]) });
}

beforeAll(async () => {
  runtime = await createNodeRuntime({ provider: 'cpu' });
  model = readModel(network(), { name: 'network' });
});

describe('judgeLayers', () => {
  it('leaves out the layer that is judged and dense heads, and spreads over the rest', () => {
    const names = (without: string): string[] => judgeLayers(model, without).map(({ tensor: name }) => name);
    expect(names('head')).toEqual(['a', 'b', 'd', 'e', 'f']);
    for (const own of ['a', 'b', 'c', 'd', 'e', 'f']) expect(names(own)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].filter((name) => name !== own));
  });
});

describe('openJudge', () => {
  it.each([16, 24])('gives the mean of every unit behind its rectifier, for pictures of %i pixels', async (size) => {
    const random = seeded(size);
    await using judge = (await openJudge({ model, runtime, input, without: 'c', size, batch: 3 }))!;
    expect({ height: judge.height, width: judge.width }).toEqual({ height: size, width: size });
    const row = 3 * size * size;
    const pictures = Float32Array.from({ length: 3 * row }, () => random() * 2 - 1);
    const found = await judge.read(pictures, 2);
    expect(found).toHaveLength(2);
    // The network itself, one picture at a time, with the layers' own values as outputs; the rectifier and the mean by a plain loop.
    const names = ['a', 'b', 'd', 'e', 'f'];
    const open = { ...model, graph: { ...model.graph, inputs: [{ ...model.graph.inputs[0]!, shape: [1, 3, size, size] }], outputs: names.map((name) => ({ name, dtype: 'f32' as const, untyped: true as const })), nodes: model.graph.nodes.filter(({ op }) => op === 'Conv' || op === 'Relu') } };
    await using session = await runtime.load(writeModel(open));
    for (const [at, features] of found.entries()) {
      const maps = await session.run({ [input.name]: tensor('f32', [1, 3, size, size], pictures.slice(at * row, (at + 1) * row)) });
      names.forEach((name, layer) => {
        const { data, shape } = maps[name]!;
        const [units, places] = [shape[1]!, shape[2]! * shape[3]!];
        expect(features[layer]).toHaveLength(units);
        for (let unit = 0; unit < units; unit++) {
          let sum = 0;
          for (let place = 0; place < places; place++) sum += Math.max(0, (data as Float32Array)[unit * places + place]!);
          expect(features[layer]![unit]).toBeCloseTo(sum / places, 4);
        }
      });
    }
  });

  it('is none for a network of one layer', async () => {
    const g = new GraphBuilder({ opset: 18 });
    const only = g.emit('Conv', [g.input('image', 'f32', input.shape), g.constant(tensor('f32', [1, 3, 1, 1], Float32Array.from([1, 1, 1])), 'w')], {}, [{ dtype: 'f32', shape: [1, 1, 16, 16], name: 'only' }])[0]!;
    const one = readModel(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('one', [only]) }), { name: 'one' });
    expect(await openJudge({ model: one, runtime, input, without: 'only', size: 16, batch: 1 })).toBeUndefined();
  });
});
