import { GraphBuilder, loadModel, type Model, sizeOf, tensor, type GraphBuilder as Builder, type Runtime, type Tensor, type Value } from '@neuron-atlas/onnx';
import { cutEncoder, encode, type Encoder } from './encoder.js';
import { pictureBatch, type PictureSet } from './picture-set.js';

/** Statistics of a tensor over pictures, a number for each of its components (the batch left out). */
export interface Moments {
  readonly shape: readonly number[];
  readonly mean: Float64Array;
  /** Of the population. */
  readonly deviation: Float64Array;
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
}

/** The mean over components of their variance: what a picture that is always the mean is wrong by. */
export const varianceOf = ({ deviation }: Moments): number => deviation.reduce((sum, value) => sum + value ** 2, 0) / deviation.length;

/** The name under which the pictures themselves stand beside the encoder's tensors. */
export const picturesName = ' pictures';

export interface MomentsOptions {
  readonly runtime: Runtime;
  readonly encoder: Encoder;
  readonly pictures: PictureSet;
  /** Which of them. */
  readonly indices: readonly number[];
  readonly batch: number;
  readonly threads?: number | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Moments of the pictures and of each tensor of the encoder, in one pass. */
export async function momentsOver(tensors: readonly string[], options: MomentsOptions): Promise<ReadonlyMap<string, Moments>> {
  const { runtime, encoder, pictures, indices, batch, threads, onProgress, signal } = options;
  const cut = await cutEncoder(encoder, tensors, batch, runtime);
  const names = [picturesName, ...new Set(tensors)];
  const g = new GraphBuilder({ opset: cut.opset });
  const x = g.input('pictures', 'f32', [batch, pictures.channels, pictures.size, pictures.size]);
  const counted = g.input('counted', 'f32', [batch]);
  const at = encode(g, cut, encoder, x);
  const values = names.map((name) => (name === picturesName ? x : at(name)));
  const outputs = values.flatMap((value, i) => sumsOf(g, value, counted).map((sum, k) => g.emit('Identity', [sum], {}, [{ dtype: 'f32', shape: sum.shape, name: `out/${i}/${k}` }])[0]!));
  const model: Model = { irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', cut.opset]]), functions: [], metadata: new Map(), graph: g.build('moments', outputs) };
  await using session = await loadModel(runtime, model, threads === undefined ? {} : { threads });

  const totals = values.map(({ shape }) => {
    const size = sizeOf(shape.slice(1));
    return { sum: new Float64Array(size), square: new Float64Array(size), lowest: new Float64Array(size).fill(Infinity), highest: new Float64Array(size).fill(-Infinity) };
  });
  for (let start = 0; start < indices.length; start += batch) {
    signal?.throwIfAborted();
    const count = Math.min(batch, indices.length - start);
    // A short batch is filled up with its last picture, which then counts no more.
    const rows = Array.from({ length: batch }, (_, i) => indices[start + Math.min(i, count - 1)]!);
    const out = await session.run({ pictures: await pictureBatch(pictures, rows), counted: tensor('f32', [batch], Float32Array.from({ length: batch }, (_, i) => (i < count ? 1 : 0))) });
    totals.forEach((total, i) => { gather(total, [0, 1, 2, 3].map((k) => out[`out/${i}/${k}`]!)); });
    onProgress?.(start + count);
  }
  return new Map(names.map((name, i) => {
    const { sum, square, lowest, highest } = totals[i]!;
    const mean = sum.map((total) => total / indices.length);
    const deviation = square.map((total, k) => Math.sqrt(Math.max(0, total / indices.length - mean[k]! ** 2)));
    return [name, { shape: values[i]!.shape.slice(1), mean, deviation, lowest, highest }];
  }));
}

interface Totals { readonly sum: Float64Array; readonly square: Float64Array; readonly lowest: Float64Array; readonly highest: Float64Array }

/** Sum, sum of squares, minimum and maximum over the rows that count. */
function sumsOf(g: Builder, value: Value, counted: Value): Value[] {
  const weights = g.reshape(counted, value.shape.map((dim, axis) => (axis === 0 ? dim : 1)));
  const lowest = g.neg(g.reduceMax(g.neg(value), [0]));
  return [g.sum(g.mul(value, weights), [0]), g.sum(g.mul(g.mul(value, value), weights), [0]), lowest, g.reduceMax(value, [0])];
}

function gather(total: Totals, [sums, squares, lows, highs]: readonly Tensor[]): void {
  const at = (t: Tensor | undefined, i: number): number => (t!.data as Float32Array)[i]!;
  for (let i = 0; i < total.sum.length; i++) {
    total.sum[i]! += at(sums, i);
    total.square[i]! += at(squares, i);
    total.lowest[i] = Math.min(total.lowest[i]!, at(lows, i));
    total.highest[i] = Math.max(total.highest[i]!, at(highs, i));
  }
}
