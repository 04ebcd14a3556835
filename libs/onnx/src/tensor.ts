import type { ArrayOf, DType, TensorData } from './dtype.js';
import { errors } from './errors.js';
import type { TensorSource } from './tensor-source.js';

/** A dense tensor in row-major order. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** With a `source` this is a getter that reads or computes the numbers each time: what passes a tensor on does not ask. */
  readonly data: TensorData;
  /** Where the numbers are, if they are not in memory. */
  readonly source?: TensorSource;
}

/** The number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/** A tensor whose data length is checked against its shape. */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data: ArrayOf[D]): Tensor {
  if (data.length !== sizeOf(shape)) throw errors.tensorLength({ shape: [...shape], length: data.length });
  return { dtype, shape, data };
}

export const f32 = (shape: readonly number[], values: Iterable<number>): Tensor => tensor('f32', shape, Float32Array.from(values));
export const i64 = (shape: readonly number[], values: readonly number[]): Tensor => tensor('i64', shape, BigInt64Array.from(values, (value) => BigInt(value)));

/** The elements of a numeric tensor as JavaScript numbers; i64 beyond 2^53 loses digits. */
export function toNumbers(t: Tensor): number[] {
  if (t.dtype === 'string') throw errors.notNumeric({ dtype: t.dtype });
  return Array.from(t.data as ArrayLike<number | bigint>, Number);
}
