import { float, int, tensor, type GraphBuilder, type Tensor, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { batchNorm, centralDifferences, conv, convTranspose, dense, leakyRelu, meanSquareOf, type Layer4 } from '../test/reference-network.js';
import { unpackCheckpoint } from './checkpoint.js';
import { compileTraining, createTrainer, heNormal, type Parameter } from './index.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const spread: Parameter['init'] = (shape, normal) => Float32Array.from({ length: shape[0]! }, () => 0.3 * normal());
const near1: Parameter['init'] = (shape, normal) => Float32Array.from({ length: shape[0]! }, () => 1 + 0.2 * normal());
const draws = (purpose: string, length: number): Float32Array => {
  const { normal } = randomStream(4, purpose);
  return Float32Array.from({ length }, normal);
};

/** Dense, up-convolution, batch normalisation, convolution, leaky rectifiers between: what generators are made of. */
const parameters: readonly Parameter[] = [
  { name: 'dense.weight', shape: [8, 5], init: heNormal }, { name: 'dense.bias', shape: [8], init: spread },
  { name: 'up.weight', shape: [2, 3, 4, 4], init: heNormal }, { name: 'up.bias', shape: [3], init: spread },
  { name: 'norm.scale', shape: [3], init: near1 }, { name: 'norm.bias', shape: [3], init: spread },
  { name: 'conv.weight', shape: [2, 3, 3, 3], init: heNormal }, { name: 'conv.bias', shape: [2], init: spread },
];
const batch = 3, slope = 0.3, epsilon = 1e-5;

const program = compileTraining({
  parameters,
  build: ({ g, parameter: p }) => {
    const leaky = (x: Value): Value => g.unary('LeakyRelu', x, { alpha: float(slope) });
    const code = g.input('code', 'f32', [batch, 5]);
    const rows = leaky(g.emit('Gemm', [code, p('dense.weight'), p('dense.bias')], { transB: int(1) }, [{ dtype: 'f32', shape: [batch, 8] }])[0]!);
    const up = g.convTranspose(g.reshape(rows, [batch, 2, 2, 2]), p('up.weight'), p('up.bias'), { strides: [2, 2], pads: [1, 1, 1, 1] });
    const given = [0, 1].map((value) => g.constant(tensor('f32', [3], new Float32Array(3).fill(value))));
    const [norm] = g.emit('BatchNormalization', [up, p('norm.scale'), p('norm.bias'), ...given], { training_mode: int(1), momentum: float(0), epsilon: float(epsilon) },
      [{ dtype: 'f32', shape: up.shape }, { dtype: 'f32', shape: [3] }, { dtype: 'f32', shape: [3] }]);
    const out = g.conv(leaky(norm!), p('conv.weight'), p('conv.bias'), { pads: [1, 1, 1, 1] });
    const difference = g.sub(out, g.input('target', 'f32', out.shape));
    return { loss: g.mean(g.mul(difference, difference), [0, 1, 2, 3]) };
  },
});
const feeds = { code: tensor('f32', [batch, 5], draws('code', batch * 5)), target: tensor('f32', [batch, 2, 4, 4], draws('target', batch * 32)) };

type At = (name: string) => readonly number[];

/** The same loss in double precision, from the definitions. */
function reference(at: At): number {
  const codes = Array.from({ length: batch }, (_, n) => Array.from(feeds.code.data.slice(5 * n, 5 * n + 5) as Float32Array));
  const rows = dense(codes, at('dense.weight'), at('dense.bias')).flat().map((value) => (value > 0 ? value : slope * value));
  const maps: Layer4 = { data: rows, shape: [batch, 2, 2, 2] };
  const norm = batchNorm(convTranspose(maps, at('up.weight'), at('up.bias'), 4, 1, 2), at('norm.scale'), at('norm.bias'), epsilon);
  return meanSquareOf(conv(leakyRelu(norm, slope), at('conv.weight'), at('conv.bias'), 3, 1, 1).data, Array.from(feeds.target.data as Float32Array));
}

const slopesAt = (values: ReadonlyMap<string, readonly number[]>): Map<string, number[]> =>
  new Map([...values].map(([name, own]) => [name, centralDifferences((changed) => reference((which) => (which === name ? changed : values.get(which)!)), own)]));

const numbers = (tensors: ReadonlyMap<string, Tensor>): Map<string, number[]> => new Map([...tensors].map(([name, { data }]) => [name, Array.from(data as Float32Array)]));
const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((value, i) => value - b[i]!));

describe('a network of up-convolutions', () => {
  it('gives the gradients of all its parameters that central differences in double precision give', async () => {
    await using trainer = await createTrainer(runtime, program, { normal: randomStream(7, 'weights').normal, threads: 1 });
    const start = numbers(trainer.parameters());
    const { loss } = await trainer.step(feeds, 1e-3);
    const { tensors } = unpackCheckpoint(trainer.checkpoint());
    expect(loss).toBeCloseTo(reference((name) => start.get(name)!), 5);
    for (const [name, expected] of slopesAt(start)) {
      const found = Array.from(tensors.get(`mean/${name}`)!.data as Float32Array, (value) => value / 0.1);
      // The bias before a batch normalisation changes nothing: its gradient is 0.
      if (name === 'up.bias') expect(Math.hypot(...found), name).toBeLessThan(1e-6);
      else expect(distance(found, expected) / Math.hypot(...expected), name).toBeLessThan(1e-4);
    }
  });

  it('goes 50 steps of Adam as a reference in double precision goes', async () => {
    await using trainer = await createTrainer(runtime, program, { normal: randomStream(8, 'weights').normal, threads: 1 });
    const start = numbers(trainer.parameters());
    const x = new Map([...start].map(([name, values]) => [name, [...values]]));
    const [m, v] = [new Map([...x].map(([name, values]) => [name, values.map(() => 0)])), new Map([...x].map(([name, values]) => [name, values.map(() => 0)]))];
    for (let step = 1; step <= 50; step++) {
      await trainer.step(feeds, 0.01);
      for (const [name, slopes] of slopesAt(x)) slopes.forEach((gradient, i) => {
        m.get(name)![i] = 0.9 * m.get(name)![i]! + 0.1 * gradient;
        v.get(name)![i] = 0.999 * v.get(name)![i]! + 0.001 * gradient ** 2;
        x.get(name)![i]! -= (0.01 * m.get(name)![i]!) / (1 - 0.9 ** step) / (Math.sqrt(v.get(name)![i]! / (1 - 0.999 ** step)) + 1e-8);
      });
    }
    for (const [name, values] of numbers(trainer.parameters())) {
      // Adam divides rounding by rounding where the gradient is 0.
      if (name === 'up.bias') continue;
      expect(distance(x.get(name)!, start.get(name)!), name).toBeGreaterThan(0.05);
      expect(distance(values, x.get(name)!) / Math.hypot(...x.get(name)!), name).toBeLessThan(1e-3);
    }
  });
});

describe('a goal of its own', () => {
  const scalar = (name: string, start: number): Parameter => ({ name, shape: [1], init: () => Float32Array.of(start) });
  const build = (goals: (g: GraphBuilder, a: Value, b: Value) => readonly { loss: Value; parameters: readonly string[]; constant?: readonly Value[]; rate?: number }[]) => compileTraining({
    parameters: [scalar('a', 2), scalar('b', 3)],
    build: ({ g, parameter }) => {
      const [a, b] = [parameter('a'), parameter('b')];
      return { loss: g.sum(g.mul(a, b), [0]), goals: goals(g, a, b) };
    },
  });

  it('moves its parameters against the loss that moves the others, at its own rate', async () => {
    const adversaries = build((g, a, b) => [{ loss: g.neg(g.sum(g.mul(a, b), [0])), parameters: ['b'], constant: [a], rate: 0.5 }]);
    await using trainer = await createTrainer(runtime, adversaries, { normal: () => 0 });
    await trainer.step({}, 0.01);
    // The first step of Adam is as long as the learning rate.
    expect(trainer.parameters().get('a')!.data[0]).toBeCloseTo(1.99, 5);
    expect(trainer.parameters().get('b')!.data[0]).toBeCloseTo(3.005, 5);
  });

  it('refuses parameters that do not exist or are taken twice', () => {
    expect(() => build((g, _, b) => [{ loss: g.sum(b, [0]), parameters: ['c'] }])).toThrow(expect.objectContaining({ code: 'TRAINING_UNKNOWN_PARAMETER' }));
    expect(() => build((g, _, b) => [{ loss: g.sum(b, [0]), parameters: ['b', 'b'] }])).toThrow(expect.objectContaining({ code: 'TRAINING_DUPLICATE_PARAMETER' }));
  });
});
