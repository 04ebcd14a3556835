import { type GraphBuilder, GraphBuilder as Builder, intsOr, sizeOf, tensor, type Tensor, toNumbers, type Value, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { gradients } from './index.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });

interface Branch { readonly kernel: number; readonly pad: number; readonly stride?: number }

/** Convolutions of different kernels that all read one map; ⟨seed, their results⟩ is differentiated with respect to it. */
function block(size: readonly [number, number], branches: readonly Branch[]) {
  const random = seeded(3);
  const drawn = (shape: readonly number[]): Tensor => tensor('f32', shape, Float32Array.from({ length: sizeOf(shape) }, () => random() - 0.5));
  const g = new Builder({ opset: 18 });
  const shape = [2, 16, ...size];
  const x = g.input('x', 'f32', shape);
  const read = g.sigmoid(x); // what makes the map asks for the whole gradient
  const weights = branches.map(({ kernel }) => drawn([16, 16, kernel, kernel]));
  const results = branches.map(({ pad, stride = 2 }, i) => g.conv(read, g.constant(weights[i]!), undefined, { strides: [stride, stride], pads: [pad, pad, pad, pad] }));
  const sums = results.map((result, i) => g.sum(g.mul(result, g.constant(drawn(result.shape), `seed${i}`)), [0, 1, 2, 3]));
  const of = sums.reduce((a, b) => g.add(a, b));
  const before = g.nodes.length;
  const [dx] = gradients(g, { of, wrt: [x] });
  return { g, x, of, dx: dx!, shape, drawn, backward: g.nodes.slice(before) };
}

const run = async (g: GraphBuilder, outputs: readonly Value[], x: Tensor): Promise<readonly number[][]> => {
  await using session = await runtime.load(writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('block', outputs) }));
  const results = await session.run({ x });
  return outputs.map(({ name }) => toNumbers(results[name]!));
};

describe('the gradient of a map that several strided convolutions read', () => {
  it.each([
    { size: [8, 10], branches: [{ kernel: 3, pad: 1 }, { kernel: 1, pad: 0 }] },
    { size: [9, 7], branches: [{ kernel: 3, pad: 1 }, { kernel: 1, pad: 0 }] },
    { size: [9, 12], branches: [{ kernel: 5, pad: 2 }, { kernel: 3, pad: 1 }, { kernel: 1, pad: 0 }] },
    { size: [8, 8], branches: [{ kernel: 3, pad: 1 }, { kernel: 1, pad: 0 }, { kernel: 3, pad: 1, stride: 1 }] },
  ] as const)('goes along a random direction as the sums do: $size, $branches', async ({ size, branches }) => {
    const { g, of, dx, shape, drawn } = block(size, branches);
    const [at, along] = [drawn(shape), toNumbers(drawn(shape))];
    const moved = (by: number): Tensor => tensor('f32', shape, Float32Array.from(toNumbers(at), (value, i) => value + by * along[i]!));
    const [[, gradient], [ahead], [behind]] = [await run(g, [of, dx], at), await run(g, [of], moved(0.05)), await run(g, [of], moved(-0.05))] as [number[][], number[][], number[][]];
    const slope = (ahead![0]! - behind![0]!) / 0.1;
    const ours = gradient!.reduce((sum, value, i) => sum + value * along[i]!, 0);
    expect(Math.abs(ours - slope)).toBeLessThan(2e-3 * Math.max(1, Math.abs(slope)));
  });

  it('is put together once, and a shortcut of 1 × 1 goes without a ConvTranspose', () => {
    const { backward } = block([8, 8], [{ kernel: 3, pad: 1 }, { kernel: 1, pad: 0 }]);
    const strided = backward.filter(({ op, attrs }) => op === 'ConvTranspose' || (op === 'Conv' && intsOr(attrs, 'strides', [1]).some((stride) => stride > 1)));
    expect(strided).toEqual([]);
    expect(backward.filter(({ op }) => op === 'Concat')).toHaveLength(3); // two of columns, one of rows
  });

  it('goes the ordinary way where one convolution alone has a stride', () => {
    const { backward } = block([8, 8], [{ kernel: 1, pad: 0 }, { kernel: 3, pad: 1, stride: 1 }]);
    expect(backward.filter(({ op }) => op === 'ConvTranspose')).toHaveLength(1);
  });
});
