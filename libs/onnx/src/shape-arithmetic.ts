import { errors } from './errors.js';

/** The axis counted from the front; -1 is the last. */
export const normalAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The shape that two shapes broadcast to, by numpy's rule. */
export function broadcast(op: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw errors.shapeMismatch({ op, detail: `[${a}] does not broadcast with [${b}]` });
    return x === 1 ? y : x;
  });
}

export const reducedShape = (shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] =>
  keepDims ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)) : shape.filter((_, axis) => !axes.includes(axis));

/** out = ⌊(size + pads − dilation·(kernel − 1) − 1) / stride⌋ + 1 */
export const convOutput = (size: number, kernel: number, stride: number, dilation: number, pads: number): number =>
  Math.floor((size + pads - dilation * (kernel - 1) - 1) / stride) + 1;
