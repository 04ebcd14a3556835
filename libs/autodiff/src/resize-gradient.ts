import { type Attributes, type GraphBuilder, interpolation, type Taps, type Value } from '@neuron-atlas/onnx';
import { filled } from './filled.js';
import { realTensor } from './real-tensor.js';

/** dx of a Resize, whose output is dy's size; `scaleOf` gives the factor of an axis. */
export function resizeGradient(g: GraphBuilder, x: Value, dy: Value, attrs: Attributes, scaleOf: (axis: number) => number): Value {
  const changed = x.shape.flatMap((_, axis) => (dy.shape[axis] !== x.shape[axis] || scaleOf(axis) !== 1 ? [axis] : []));
  const matrices = changed.map((axis) => ({ axis, rows: interpolation(attrs, x.shape[axis]!, dy.shape[axis]!, scaleOf(axis)) }));
  const repeats = matrices.map(({ axis, rows }) => (changed.every((other) => other > 1) && x.shape.length === 4 ? repetition(rows, x.shape[axis]!) : undefined));
  if (repeats.length > 0 && repeats.every((times) => times !== undefined)) return blockSums(g, x, dy, changed, repeats as number[]);
  return matrices.reduce((out, { axis, rows }) => alongAxis(g, out, axis, rows, x.shape[axis]!), dy);
}

/** Every element repeated a whole number of times: sums over blocks, by a depthwise convolution of ones, which stays in the blocked layout. */
function blockSums(g: GraphBuilder, x: Value, dy: Value, axes: readonly number[], repeats: readonly number[]): Value {
  const kernel = [2, 3].map((axis) => (axes.includes(axis) ? repeats[axes.indexOf(axis)]! : 1));
  return g.conv(dy, filled(g, { dtype: dy.dtype, shape: [x.shape[1]!, 1, ...kernel] }, 1), undefined, { strides: kernel, group: x.shape[1]! });
}

/** How many times each element is repeated, if that is all that happens. */
function repetition(rows: readonly Taps[], size: number): number | undefined {
  const times = rows.length / size;
  return Number.isInteger(times) && rows.every((row, o) => row.length === 1 && row[0]!.weight === 1 && row[0]!.from === Math.floor(o / times)) ? times : undefined;
}

/** Aᵀ·dy along one axis. */
function alongAxis(g: GraphBuilder, dy: Value, axis: number, rows: readonly Taps[], size: number): Value {
  const table = new Float64Array(rows.length * size);
  rows.forEach((row, o) => row.forEach(({ from, weight }) => { table[o * size + from]! += weight; }));
  const rank = dy.shape.length;
  const matrix = g.constant(realTensor(dy.dtype, [rows.length, size], [...table]));
  if (axis === rank - 1) return g.matMul(dy, matrix);
  if (axis === rank - 2) {
    const transposed = Array.from({ length: table.length }, (_, i) => table[(i % rows.length) * size + Math.floor(i / rows.length)]!);
    return g.matMul(g.constant(realTensor(dy.dtype, [size, rows.length], transposed)), dy);
  }
  const perm = [...dy.shape.keys()].filter((other) => other !== axis);
  perm.push(axis);
  return g.transpose(g.matMul(g.transpose(dy, perm), matrix), perm.map((_, i) => perm.indexOf(i)));
}
