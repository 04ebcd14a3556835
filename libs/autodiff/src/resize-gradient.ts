import { type Attributes, floatOr, type GraphBuilder, intOr, stringOr, type Value } from '@neuron-atlas/onnx';
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

type Weights = readonly { readonly from: number; readonly weight: number }[];

/** How many times each element is repeated, if that is all that happens. */
function repetition(rows: readonly Weights[], size: number): number | undefined {
  const times = rows.length / size;
  return Number.isInteger(times) && rows.every((row, o) => row.length === 1 && row[0]!.weight === 1 && row[0]!.from === Math.floor(o / times)) ? times : undefined;
}

/** Aᵀ·dy along one axis. */
function alongAxis(g: GraphBuilder, dy: Value, axis: number, rows: readonly Weights[], size: number): Value {
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

/** For every output element along an axis, the input elements it is made of. */
function interpolation(attrs: Attributes, size: number, out: number, scale: number): Weights[] {
  const coordinates = stringOr(attrs, 'coordinate_transformation_mode', 'half_pixel');
  const mode = stringOr(attrs, 'mode', 'nearest');
  return Array.from({ length: out }, (_, o) => {
    const at = sourceOf(coordinates, o, size, out, scale);
    if (mode === 'nearest') return [{ from: clamped(nearest(stringOr(attrs, 'nearest_mode', 'round_prefer_floor'), at), size), weight: 1 }];
    if (mode === 'linear') {
      const inside = Math.min(Math.max(at, 0), size - 1);
      const low = Math.floor(inside);
      return [{ from: low, weight: 1 - (inside - low) }, { from: Math.min(low + 1, size - 1), weight: inside - low }];
    }
    return cubic(at, size, floatOr(attrs, 'cubic_coeff_a', -0.75), intOr(attrs, 'exclude_outside', 0) === 1);
  });
}

/** The place in the input that an output element's centre falls on; in float32, as the runtime reckons. */
function sourceOf(mode: string, o: number, size: number, out: number, scale: number): number {
  if (mode === 'align_corners') return out === 1 ? 0 : Math.fround((o * (size - 1)) / (out - 1));
  if (mode === 'asymmetric') return Math.fround(o / Math.fround(scale));
  if (mode === 'pytorch_half_pixel' && out === 1) return 0;
  return Math.fround(Math.fround((o + 0.5) / Math.fround(scale)) - 0.5);
}

function nearest(mode: string, at: number): number {
  if (mode === 'floor') return Math.floor(at);
  if (mode === 'ceil') return Math.ceil(at);
  const half = at - Math.floor(at) === 0.5;
  return half && mode === 'round_prefer_floor' ? Math.floor(at) : Math.floor(at + 0.5);
}

/** Four taps of the cubic convolution kernel (Keys 1981), those beyond the border taken from it, or left out. */
function cubic(at: number, size: number, a: number, excludeOutside: boolean): Weights {
  const low = Math.floor(at);
  const t = at - low;
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  const taps = [far(1 + t), near(t), near(1 - t), far(2 - t)].map((weight, i) => ({ from: low - 1 + i, weight }));
  if (!excludeOutside) return taps.map(({ from, weight }) => ({ from: clamped(from, size), weight }));
  const inside = taps.filter(({ from }) => from >= 0 && from < size);
  const total = inside.reduce((sum, { weight }) => sum + weight, 0);
  return inside.map(({ from, weight }) => ({ from, weight: weight / total }));
}

const clamped = (index: number, size: number): number => Math.min(Math.max(index, 0), size - 1);
