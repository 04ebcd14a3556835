import { errors } from './errors.js';

/** Element types of tensors, by short name; the numbers are those of the ONNX file format. */
export const dtypeCode = {
  f32: 1, u8: 2, i8: 3, u16: 4, i16: 5, i32: 6, i64: 7, string: 8, bool: 9, f16: 10, f64: 11, u32: 12, u64: 13, bf16: 16,
} as const;

export type DType = keyof typeof dtypeCode;

/** How a tensor's elements lie in memory: `bool` as bytes 0 and 1, `f16` and `bf16` as their bits. */
export interface ArrayOf {
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly f16: Uint16Array;
  readonly bf16: Uint16Array;
  readonly i8: Int8Array;
  readonly i16: Int16Array;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly u64: BigUint64Array;
  readonly bool: Uint8Array;
  readonly string: readonly string[];
}
export type TensorData = ArrayOf[DType];

export const arrayType = {
  f32: Float32Array, f64: Float64Array, f16: Uint16Array, bf16: Uint16Array, i8: Int8Array, i16: Int16Array, i32: Int32Array,
  i64: BigInt64Array, u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, u64: BigUint64Array, bool: Uint8Array,
} as const;

/** The short name of an ONNX element type number; an error for one that the project does not know. */
export function dtypeOf(code: number, where: string): DType {
  for (const [name, number] of Object.entries(dtypeCode)) if (number === code) return name as DType;
  throw errors.unknownDtype({ code, where });
}
