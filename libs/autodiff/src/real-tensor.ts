import { type DType, tensor, type Tensor } from '@neuron-atlas/onnx';

/** A constant of a real type from numbers. */
export function realTensor(dtype: DType, shape: readonly number[], numbers: readonly number[]): Tensor {
  if (dtype === 'f32') return tensor(dtype, shape, Float32Array.from(numbers));
  if (dtype === 'f64') return tensor(dtype, shape, Float64Array.from(numbers));
  if (dtype === 'f16' || dtype === 'bf16') return tensor(dtype, shape, Uint16Array.from(numbers, (number) => bits16(dtype, number)));
  throw new Error(`unreachable: a gradient of ${dtype}`);
}

/** The bits of a number in the two 16-bit formats, cut off. */
function bits16(dtype: 'f16' | 'bf16', number: number): number {
  const bits = new Uint32Array(Float32Array.of(number).buffer)[0]!;
  if (dtype === 'bf16') return bits >>> 16;
  const [sign, exponent] = [(bits >>> 16) & 0x8000, ((bits >>> 23) & 0xff) - 127 + 15];
  if (exponent <= 0) return sign;
  return exponent >= 31 ? sign | 0x7c00 : sign | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}
