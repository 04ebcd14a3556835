import { type GraphBuilder, i64, int, sizeOf, string, type Tensor, toNumbers, type Value } from '@neuron-atlas/onnx';
import { filled } from './filled.js';
import { betweenZeros, type Range } from './range.js';
import { realTensor } from './real-tensor.js';
import { typeOf } from './type-of.js';

// A one-hot product runs on every provider; from this many elements of the one-hot on, scattering is cheaper.
const largestOneHot = 1_000_000;

/** The range that indices stand for which count up by one. */
export function rangeOf(known: Tensor | undefined, depth: number, axis: number): Range | undefined {
  if (known === undefined) return undefined;
  const at = fromFront(known, depth);
  return at.length > 0 && at.every((index, i) => index === at[0]! + i) ? { axis, start: at[0]!, size: at.length } : undefined;
}

const fromFront = (indices: Tensor, depth: number): number[] => toNumbers(indices).map((index) => (index < 0 ? index + depth : index));

/** Adds the slices of dy (gathered from `data` along `axis`) back to where they came from. */
export function scatteredSum(g: GraphBuilder, dy: Value, indices: Value, known: Tensor | undefined, data: Value, axis: number): Value {
  const depth = data.shape[axis]!;
  const count = sizeOf(indices.shape);
  const before = sizeOf(data.shape.slice(0, axis));
  const after = sizeOf(data.shape.slice(axis + 1));
  const run = rangeOf(known, depth, axis);
  if (run !== undefined) return betweenZeros(g, { ...run, part: g.reshape(dy, data.shape.with(axis, run.size)) }, data.shape);
  const at = known === undefined ? undefined : fromFront(known, depth);
  const rows = g.reshape(dy, [before, count, after]);
  if (depth * count > largestOneHot) {
    const places = g.expand(g.reshape(indices, [1, count, 1]), [before, count, after]);
    const zeros = filled(g, { dtype: data.dtype, shape: [before, depth, after] }, 0);
    const summed = g.emit('ScatterElements', [zeros, places, rows], { axis: int(1), reduction: string('add') }, [typeOf(zeros)])[0]!;
    return g.reshape(summed, data.shape);
  }
  // [depth, count] · [before, count, after]
  const hot = at === undefined ? oneHotColumns(g, g.reshape(indices, [count]), depth, data.dtype) : g.constant(columns(at, depth, data.dtype));
  return g.reshape(g.matMul(hot, rows), data.shape);
}

function oneHotColumns(g: GraphBuilder, indices: Value, depth: number, dtype: Value['dtype']): Value {
  const values = g.constant(realTensor(dtype, [2], [0, 1]));
  return g.emit('OneHot', [indices, g.constant(i64([], [depth])), values], { axis: int(0) }, [{ dtype, shape: [depth, indices.shape[0]!] }])[0]!;
}

function columns(at: readonly number[], depth: number, dtype: Value['dtype']): Tensor {
  return realTensor(dtype, [depth, at.length], Array.from({ length: depth * at.length }, (_, i) => (at[i % at.length] === Math.floor(i / at.length) ? 1 : 0)));
}
