import { f32, GraphBuilder, i64, sizeOf, tensor, type Tensor, type Value, writeModel } from '@neuron-atlas/onnx';
import { randomStream } from '../random.js';

const drawn = (shape: readonly number[], seed = 0): Tensor => {
  const { uniform } = randomStream(seed, 'faulty');
  return tensor('f32', shape, Float32Array.from({ length: sizeOf(shape) }, () => 2 * uniform() - 1));
};

export interface FaultyCase { readonly what: string; readonly shape: readonly number[]; readonly build: (g: GraphBuilder, x: Value) => Value }

const conv = (what: string, shape: readonly number[], w: readonly number[], geometry: Parameters<GraphBuilder['conv']>[3] = {}, biased = false): FaultyCase =>
  ({ what, shape, build: (g, x) => g.conv(x, g.constant(drawn(w, 1)), biased ? g.constant(drawn([w[0]!], 2)) : undefined, geometry) });

/** What the WebGPU provider of ONNX Runtime 1.30 gets wrong without a word, at least one case for each repair. */
export const faultyCases: readonly FaultyCase[] = [
  conv('a convolution of 6 channels', [1, 6, 7, 8], [8, 6, 3, 3], { strides: [2, 1], pads: [1, 1, 1, 1] }, true),
  conv('a strided 1 × 1 convolution of 9 channels', [2, 9, 7, 6], [8, 9, 1, 1], { strides: [2, 2] }),
  conv('a convolution of 15 channels along one axis', [1, 15, 9], [8, 15, 3]),
  conv('a convolution in 2 groups of 5 outputs', [1, 6, 9, 8], [10, 3, 3, 3], { pads: [1, 1, 1, 1], group: 2 }, true),
  conv('a convolution in 4 groups of 9 outputs', [2, 4, 9, 8], [36, 1, 3, 3], { strides: [2, 2], group: 4 }),
  conv('a 1 × 1 convolution with end pads alone', [1, 4, 5, 5], [4, 4, 1, 1], { pads: [0, 0, 1, 1] }),
  conv('a convolution as large as its input with end pads alone', [1, 4, 2, 2], [4, 4, 2, 2], { pads: [0, 0, 1, 1] }),
  conv('a convolution of 6 channels with end pads alone', [1, 6, 5, 5], [8, 6, 1, 1], { strides: [2, 2], pads: [0, 0, 2, 1] }),
  { what: 'a transposed convolution in groups of one output', shape: [1, 4, 4, 3], build: (g, x) => g.convTranspose(x, g.constant(drawn([4, 1, 3, 3], 1)), g.constant(drawn([2], 2)), { strides: [2, 2], group: 2 }) },
  { what: 'every second element backwards', shape: [2, 7], build: (g, x) => g.slice(x, [0, 5], [2, -100], [0, 1], [1, -2]) },
  { what: 'backwards from an element on', shape: [3, 7], build: (g, x) => g.slice(x, [1, 4], [3, 1], [0, 1], [1, -1]) },
  {
    what: 'a convolution of 6 channels inside a loop',
    shape: [1, 6, 5, 5],
    build: (g, x) => g.loop(g.constant(i64([], [2])), [x], 2, (body, _turn, [inside]) => ({ next: [body.conv(body.conv(inside!, body.constant(drawn([8, 6, 3, 3], 1)), undefined, { pads: [1, 1, 1, 1] }), body.constant(drawn([6, 8, 1, 1], 2)))], scans: [] })).carried[0]!,
  },
];

/** A case as a file with one input x, a tensor for it, and the name of its result. */
export function faultyModel({ shape, build }: FaultyCase): { readonly bytes: Uint8Array; readonly x: Tensor; readonly result: string } {
  const g = new GraphBuilder({ opset: 18 });
  const result = g.identity(build(g, g.input('x', 'f32', shape)));
  return {
    bytes: writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('case', [result]) }),
    x: f32(shape, drawn(shape, 3).data as Float32Array),
    result: result.name,
  };
}
