import { GraphBuilder, tensor, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { evaluate } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { compileTraining, createTrainer } from './index.js';
import { orthogonal } from './muon-step.js';

type Matrix = readonly (readonly number[])[];

const draw = (rows: number, columns: number, seed: number): Matrix => {
  const { normal } = randomStream(seed, 'matrix');
  return Array.from({ length: rows }, () => Array.from({ length: columns }, normal));
};
const transpose = (x: Matrix): Matrix => x[0]!.map((_, column) => x.map((row) => row[column]!));
const product = (x: Matrix, y: Matrix): Matrix => x.map((row) => transpose(y).map((column) => row.reduce((sum, value, k) => sum + value * column[k]!, 0)));
const combine = (x: Matrix, y: Matrix, f: (a: number, b: number) => number): Matrix => x.map((row, i) => row.map((value, j) => f(value, y[i]![j]!)));

/** The direction as published, in double precision. */
function direction(x: Matrix): Matrix {
  if (x.length > x[0]!.length) return transpose(direction(transpose(x)));
  const size = Math.hypot(...x.flat());
  let y: Matrix = x.map((row) => row.map((value) => value / size));
  for (let turn = 0; turn < 5; turn++) {
    const square = product(y, transpose(y));
    const polynomial = combine(square, product(square, square), (a, b) => -4.775 * a + 2.0315 * b);
    y = combine(y, product(polynomial, y), (a, b) => 3.4445 * a + b);
  }
  return y;
}

async function orthogonalOf(x: Matrix): Promise<Matrix> {
  const g = new GraphBuilder({ opset: 18 });
  const shape = [x.length, x[0]!.length];
  const value = g.input('x', 'f32', shape);
  const [out] = await evaluate(g, [orthogonal(g, value)], { x: tensor('f32', shape, Float32Array.from(x.flat())) });
  return x.map((row, i) => Array.from((out!.data as Float32Array).subarray(i * row.length, (i + 1) * row.length)));
}

describe('orthogonal', () => {
  it.each([[6, 6], [4, 30], [30, 4], [1, 5]] as const)('brings all singular values of a %i by %i matrix near 1 and keeps its vectors', async (rows, columns) => {
    const x = draw(rows, columns, 1);
    const y = await orthogonalOf(x);
    // Y = U S Vᵀ and X = U T Vᵀ have the same vectors if and only if Y Xᵀ and Yᵀ X are symmetric, for distinct values.
    for (const both of [product(y, transpose(x)), product(transpose(y), x)]) {
      const size = Math.hypot(...both.flat());
      expect(Math.hypot(...combine(both, transpose(both), (a, b) => a - b).flat()) / size).toBeLessThan(1e-5);
    }
    // ‖Yᵀ v‖ for unit vectors v on the shorter side lies between the least and the largest singular value.
    const short = rows <= columns ? y : transpose(y);
    for (let seed = 2; seed < 30; seed++) {
      const v = draw(1, short.length, seed);
      const stretch = Math.hypot(...product(v, short).flat()) / Math.hypot(...v.flat());
      expect(stretch).toBeGreaterThan(0.6);
      expect(stretch).toBeLessThan(1.25);
    }
  });

  it('does not care for the size of what it is given, and stays finite at zero', async () => {
    const x = draw(3, 7, 4);
    const [small, large] = [await orthogonalOf(x.map((row) => row.map((value) => 1e-6 * value))), await orthogonalOf(x.map((row) => row.map((value) => 1e6 * value)))];
    expect(Math.hypot(...combine(small, large, (a, b) => a - b).flat())).toBeLessThan(1e-4);
    expect((await orthogonalOf([[0, 0], [0, 0]])).flat()).toEqual([0, 0, 0, 0]);
  });
});

describe('a parameter of muon', () => {
  it.each([0, 0.1])('follows the published steps for 20 of them, as a matrix of its first dimension by the rest (weight decay %f)', async (decay) => {
    const shape = [4, 3, 2] as const;
    const pull = draw(4, 6, 9);
    const program = compileTraining({
      weightDecay: decay,
      parameters: [{ name: 'w', shape, init: (_, normal) => Float32Array.from({ length: 24 }, normal), optimiser: 'muon' }],
      build: ({ g, parameter }) => {
        const off: Value = g.sub(g.reshape(parameter('w'), [4, 6]), g.constant(tensor('f32', [4, 6], Float32Array.from(pull.flat()))));
        return { loss: g.sum(g.mul(off, off), [0, 1]) };
      },
    });
    await using trainer = await createTrainer(await createNodeRuntime({ provider: 'cpu', threads: 1 }), program, { normal: randomStream(5, 'weights').normal, threads: 1 });
    const now = (): Matrix => {
      const flat = Array.from(trainer.parameters().get('w')!.data as Float32Array);
      return Array.from({ length: 4 }, (_, row) => flat.slice(6 * row, 6 * row + 6));
    };
    let x = now();
    let mean: Matrix = x.map((row) => row.map(() => 0));
    for (let step = 1; step <= 20; step++) {
      const rate = 0.1 / step;
      const gradient = combine(x, pull, (a, b) => 2 * (a - b));
      mean = combine(mean, gradient, (m, slope) => 0.95 * m + 0.05 * slope);
      const ahead = direction(combine(mean, gradient, (m, slope) => 0.95 * m + 0.05 * slope));
      x = combine(x, ahead, (value, d) => value - rate * (0.2 * Math.sqrt(6) * d + decay * value));
      await trainer.step({}, rate);
      const here = now();
      expect(Math.max(...combine(here, x, (a, b) => Math.abs(a - b)).flat()), `step ${step}`).toBeLessThan(1e-4);
    }
  });
});
