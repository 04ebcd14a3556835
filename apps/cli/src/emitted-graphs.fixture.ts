import { f32, GraphBuilder, int, ints, type Model, openBatch, readModel, sizeOf, type Value, writeModel } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import type { Encoder, PictureSet } from '@neuron-atlas/training';

const file = (build: (g: GraphBuilder, weight: (shape: readonly number[]) => Value) => Value): Uint8Array => {
  const { normal } = randomStream(1, 'emitted graphs');
  const g = new GraphBuilder({ opset: 18 });
  let count = 0;
  const out = build(g, (shape) => g.constant(f32(shape, Array.from({ length: sizeOf(shape) }, () => 0.4 * normal())), `w${count++}`));
  const graph = g.build('net', [out]);
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: openBatch(graph) });
};
/** A named value that nothing has to be copied for. */
const node = (g: GraphBuilder, op: string, inputs: readonly Value[], attrs: Parameters<GraphBuilder['emit']>[2], shape: readonly number[], name: string): Value =>
  g.emit(op, inputs, attrs, [{ dtype: 'f32', shape, name }])[0]!;

export const side = 16;

/** Pictures of 3 × 16 × 16: convolution (`maps`), Relu (`code`), pooled and dense (`answers`); every kind of gradient that a small network has. */
export const network = (): Model => readModel(file((g, weight) => {
  const x = g.input('image', 'f32', [1, 3, side, side]);
  const maps = node(g, 'Conv', [x, weight([4, 3, 3, 3])], { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }, [1, 4, 8, 8], 'maps');
  const code = node(g, 'Relu', [maps], {}, maps.shape, 'code');
  const pooled = node(g, 'MaxPool', [code], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }, [1, 4, 4, 4], 'pooled');
  const flat = node(g, 'Flatten', [pooled], { axis: int(1) }, [1, 64], 'flat');
  return node(g, 'Gemm', [flat, weight([64, 3])], {}, [1, 3], 'answers');
}));

/** Codes of 6 numbers → pictures, and back. */
export const generatorFile = (): Uint8Array => file((g, weight) => {
  const map = node(g, 'Reshape', [g.unary('LeakyRelu', g.matMul(g.input('in', 'f32', [1, 6]), weight([6, 64]))), g.constant({ dtype: 'i64', shape: [4], data: BigInt64Array.of(-1n, 4n, 4n, 4n) })], {}, [1, 4, 4, 4], 'map');
  return g.sigmoid(g.convTranspose(map, weight([4, 3, 4, 4]), undefined, { strides: [4, 4] }));
});
export const encoderFile = (): Uint8Array => file((g, weight) =>
  node(g, 'Flatten', [g.conv(g.input('in', 'f32', [1, 3, side, side]), weight([6, 3, side, side]))], { axis: int(1) }, [1, 6], 'flat'));

/** A NumPy file of f32[3, side, side]. */
export function pictureFile(): Uint8Array {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (3, ${side}, ${side}), }`;
  const padded = head.padEnd(Math.ceil((head.length + 11) / 64) * 64 - 11) + '\n';
  const values = new Uint8Array(Float32Array.from({ length: 3 * side * side }, (_, i) => 0.5 + 0.4 * Math.sin(i)).buffer);
  return Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, padded.length % 256, Math.floor(padded.length / 256), ...new TextEncoder().encode(padded), ...values);
}

export const encoder = (): Encoder => ({ model: network(), input: 'image', side, channels: 3, code: 'code', comparators: [{ tensor: 'code', weight: 1 }], answers: 'answers', preprocess: (g, image) => g.sub(g.mul(image, 2), 1) });

export const discs = (count: number): PictureSet => ({
  count, size: side, channels: 3,
  at: (index) => {
    const { below } = randomStream(5, `disc/${index}`);
    return Uint8Array.from({ length: side * side * 3 }, () => below(256));
  },
});
