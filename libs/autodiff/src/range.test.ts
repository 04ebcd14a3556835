import { type GraphBuilder, GraphBuilder as Builder, i64, int, sizeOf, tensor, type Tensor, toNumbers, type Value, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { gradients } from './index.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const shape = [3, 6, 4];

/** Elements `from` to `to` of axis 1, as an operator reads them. */
interface Read { readonly by: 'Gather' | 'Slice'; readonly from: number; readonly to: number }

function reading(g: GraphBuilder, x: Value, { by, from, to }: Read): Value {
  if (by === 'Slice') return g.slice(x, [from], [to], [1]);
  if (to - from === 1) return g.emit('Gather', [x, g.constant(i64([], [from - shape[1]!]))], { axis: int(1) }, [{ dtype: 'f32', shape: [3, 4] }])[0]!;
  return g.gather(x, g.constant(i64([to - from], Array.from({ length: to - from }, (_, i) => from + i))), 1);
}

/** Σ over reads of ⟨weights, read⟩, its gradient with respect to what is read, and what that must be. */
async function gradientOf(reads: readonly Read[]) {
  const random = seeded(11);
  const drawn = (of: readonly number[]): Tensor => tensor('f32', of, Float32Array.from({ length: sizeOf(of) }, () => random() - 0.5));
  const g = new Builder({ opset: 18 });
  const x = g.input('x', 'f32', shape);
  const map = g.identity(x);
  const expected = new Array<number>(sizeOf(shape)).fill(0);
  const sums = reads.map((read) => {
    const part = reading(g, map, read), weights = drawn(part.shape);
    toNumbers(weights).forEach((weight, i) => {
      const width = (read.to - read.from) * shape[2]!;
      expected[Math.floor(i / width) * shape[1]! * shape[2]! + read.from * shape[2]! + (i % width)]! += weight;
    });
    return g.sum(g.mul(part, g.constant(weights)), part.shape.map((_, axis) => axis));
  });
  const before = g.nodes.length;
  const [dx] = gradients(g, { of: sums.reduce((a, b) => g.add(a, b)), wrt: [x] });
  const count = (op: string): number => g.nodes.slice(before).filter((node) => node.op === op).length;
  const counts = { concat: count('Concat'), pad: count('Pad') };
  await using session = await runtime.load(writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('ranges', [dx!]) }));
  return { ...counts, dx: toNumbers((await session.run({ x: drawn(shape) }))[dx!.name]!), expected };
}

const cases: readonly { readonly name: string; readonly reads: readonly Read[]; readonly concat: number; readonly pad: number }[] = [
  { name: 'that fill it', reads: [{ by: 'Gather', from: 4, to: 6 }, { by: 'Gather', from: 0, to: 2 }, { by: 'Slice', from: 2, to: 4 }], concat: 1, pad: 0 },
  { name: 'of one element each', reads: [0, 1, 2, 3, 4, 5].map((from) => ({ by: 'Gather', from, to: from + 1 })), concat: 1, pad: 0 },
  { name: 'with gaps before, between and behind', reads: [{ by: 'Slice', from: 1, to: 2 }, { by: 'Gather', from: 3, to: 5 }], concat: 1, pad: 0 },
  { name: 'that overlap', reads: [{ by: 'Slice', from: 0, to: 4 }, { by: 'Slice', from: 2, to: 6 }], concat: 0, pad: 2 },
  { name: 'of which there is one', reads: [{ by: 'Slice', from: 2, to: 5 }], concat: 0, pad: 1 },
];

describe('the gradient of a tensor that is read in ranges', () => {
  it.each(cases)('is what came to each of those $name', async ({ reads, concat, pad }) => {
    const { dx, expected, ...counts } = await gradientOf(reads);
    dx.forEach((value, i) => { expect(value).toBeCloseTo(expected[i]!, 6); });
    expect(counts).toEqual({ concat, pad });
  });

  it('is the sum of the readers’ where something else reads it too', async () => {
    const g = new Builder({ opset: 18 });
    const x = g.input('x', 'f32', shape);
    const map = g.identity(x);
    const total = (value: Value): Value => g.sum(value, [0, 1, 2]);
    const of = g.add(g.add(total(g.slice(map, [0], [3], [1])), total(g.slice(map, [3], [6], [1]))), total(g.mul(map, 10)));
    const [dx] = gradients(g, { of, wrt: [x] });
    await using session = await runtime.load(writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('ranges', [dx!]) }));
    const result = await session.run({ x: tensor('f32', shape, new Float32Array(sizeOf(shape))) });
    expect(new Set(toNumbers(result[dx!.name]!))).toEqual(new Set([11]));
  });
});
