import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import { filled } from './filled.js';

/** Where an operator reads its first input, and whence alone its gradient comes: `size` from `start` on, of one axis. */
export interface Range {
  readonly axis: number;
  readonly start: number;
  readonly size: number;
}

/** A gradient of that range, of the whole's rank. */
export interface RangeGradient extends Range { readonly part: Value }

/** Whether ranges are several, of one axis, and do not overlap. */
export function apart(ranges: readonly Range[]): boolean {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  return sorted.length > 1 && sorted.every(({ axis, start }, i) => i === 0 || (axis === sorted[0]!.axis && sorted[i - 1]!.start + sorted[i - 1]!.size <= start));
}

/** The range's gradient between zeros. */
export function betweenZeros(g: GraphBuilder, { axis, start, size, part }: RangeGradient, shape: readonly number[]): Value {
  const on = (pad: number): number[] => shape.map((_, i) => (i === axis ? pad : 0));
  return size === shape[axis] ? part : g.pad(part, [...on(start), ...on(shape[axis]! - start - size)]);
}

/** A whole of this shape from gradients of ranges that are apart, with zeros where there is none. */
export function joined(g: GraphBuilder, ranges: readonly RangeGradient[], shape: readonly number[]): Value {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  const { axis, part: { dtype } } = sorted[0]!;
  const zeros = (from: number, to: number): Value[] => (to > from ? [filled(g, { dtype, shape: shape.map((dim, i) => (i === axis ? to - from : dim)) }, 0)] : []);
  let end = 0;
  const parts = sorted.flatMap(({ start, size, part }) => {
    const before = zeros(end, start);
    end = start + size;
    return [...before, part];
  });
  return g.concat([...parts, ...zeros(end, shape[axis]!)], axis);
}
