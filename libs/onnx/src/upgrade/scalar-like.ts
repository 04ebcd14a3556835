import type { DType } from '../dtype.js';
import { tensor, type Tensor } from '../tensor.js';

/** A scalar of the element type of the value it goes with; f32 where that is not known. */
export function scalarLike(value: number, dtype: DType | undefined): Tensor {
  if (dtype === 'f64') return tensor('f64', [], Float64Array.of(value));
  if (dtype === 'f16') return tensor('f16', [], Uint16Array.of(toHalf(value)));
  return tensor('f32', [], Float32Array.of(value));
}

/** The number that the bits of a float16 stand for. */
export function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >>> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return exponent === 31 ? (fraction === 0 ? sign * Infinity : Number.NaN) : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The bits of the float16 nearest to a number, ties to even. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(Math.max(size, 2 ** -24))), -14);
  // In units of the last place; below 2^-14 the unit no longer shrinks.
  const units = size / 2 ** (exponent - 10);
  const whole = Math.floor(units);
  const rounded = units - whole > 0.5 || (units - whole === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
  return sign | (rounded >= 1024 ? ((exponent + 14) << 10) + rounded : rounded);
}
