import { f32, GraphBuilder, openBatch, sizeOf, writeModel, type Value } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import type { Canvas } from './prior.js';

export const smallCanvas: Canvas = { batch: 2, channels: 3, height: 6, width: 6 };

const file = (build: (g: GraphBuilder, weight: (shape: readonly number[]) => Value) => Value, { metadata = {}, anyBatch = true }: { readonly metadata?: Readonly<Record<string, string>>; readonly anyBatch?: boolean } = {}): Uint8Array => {
  const { normal } = randomStream(1, 'generator');
  const g = new GraphBuilder({ opset: 18 });
  const out = build(g, (shape) => g.constant(f32(shape, Array.from({ length: sizeOf(shape) }, () => 0.5 * normal())), `w${shape.join('_')}`));
  const graph = g.build('net', [g.emit('Identity', [out], {}, [{ dtype: 'f32', shape: out.shape, name: 'out' }])[0]!]);
  if (!anyBatch) return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph });
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(Object.entries(metadata)), graph: openBatch(graph) });
};

/** A code of 6 numbers → pictures of 3 × 8 × 8 in 0..1: a dense layer, a transposed convolution, a sigmoid. */
export const generatorFile = (metadata: Readonly<Record<string, string>> = {}): Uint8Array => file((g, weight) => {
  const code = g.input('code', 'f32', [1, 6]);
  const map = g.reshape(g.unary('LeakyRelu', g.matMul(code, weight([6, 64]))), [-1, 4, 4, 4].map((dim) => Math.abs(dim)));
  return g.sigmoid(g.convTranspose(map, weight([4, 3, 2, 2]), undefined, { strides: [2, 2] }));
}, { metadata });

/** The same size of code and picture, the batch written into the file as one. */
export const fixedGeneratorFile = (): Uint8Array => file((g, weight) => {
  const code = g.input('code', 'f32', [1, 6]);
  return g.sigmoid(g.reshape(g.matMul(code, weight([6, 192])), [1, 3, 8, 8]));
}, { anyBatch: false });

/** One that gives a single picture, whatever the batch. */
export const singleGeneratorFile = (): Uint8Array => file((g, weight) => {
  const first = g.slice(g.input('code', 'f32', [1, 6]), [0], [1], [0]);
  return g.sigmoid(g.reshape(g.matMul(first, weight([6, 192])), [1, 3, 8, 8]));
}, { anyBatch: false });

/** Pictures of 3 × 8 × 8 → codes of 6 numbers. */
export const encoderFile = (): Uint8Array => file((g, weight) => {
  const x = g.input('picture', 'f32', [1, 3, 8, 8]);
  return g.reshape(g.conv(x, weight([6, 3, 8, 8])), [1, 6]);
});
