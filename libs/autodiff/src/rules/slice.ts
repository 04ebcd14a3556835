import { type GraphBuilder, i64, normalAxis, string, toNumbers, type Value } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';
import { filled } from '../filled.js';
import { canReenter, reentry } from '../reentry.js';
import { reversed } from '../reversed.js';
import { defineVjp, stop } from '../rule.js';

export const slice = defineVjp({
  op: 'Slice',
  since: [13],
  inputs: ['x', 'starts', 'ends', 'axes?', 'steps?'],
  outputs: ['y'],
  flat: { starts: stop, ends: stop, axes: stop, steps: stop },
  // dx is zero but for the elements that were taken.
  vjp: ({ g, node, inputs: { x, starts, axes, steps }, grads: { y: dy }, around }) => ({
    x: () => {
      const refuse = (reason: string): Error => errors.unsupported({ op: node.op, node: node.name, reason });
      const rank = x.shape.length;
      const [knownStarts, knownAxes, knownSteps] = [starts, axes, steps].map((value) => around.constant(value));
      if (axes !== undefined && knownAxes === undefined) throw refuse('its axes are computed while the graph runs');
      if (steps !== undefined && knownSteps === undefined) throw refuse('its steps are computed while the graph runs');
      const at = knownAxes === undefined ? Array.from({ length: starts.shape[0]! }, (_, i) => i) : toNumbers(knownAxes).map((axis) => normalAxis(axis, rank));
      const stride = knownSteps === undefined ? at.map(() => 1) : toNumbers(knownSteps);
      if (knownStarts === undefined) {
        if (stride.some((step) => step !== 1)) throw refuse('its starts are computed while the graph runs and its steps are not 1');
        return placeAt(g, dy, x.shape, starts, at);
      }
      let out = dy;
      toNumbers(knownStarts).forEach((start, i) => {
        const [axis, step] = [at[i]!, stride[i]!];
        const size = x.shape[axis]!;
        const first = firstOf(start, size, step);
        out = place(g, out, axis, size, first, step);
      });
      return stride.some((step) => step !== 1) && canReenter(out) ? reentry(g, out) : out;
    },
  }),
  // Of one axis, in steps of 1 from a known start.
  range: ({ inputs: { x, starts, axes, steps }, outputs: { y }, around }) => {
    const [knownStarts, knownAxes, knownSteps] = [starts, axes, steps].map((value) => around.constant(value));
    if (knownStarts === undefined || (axes !== undefined && knownAxes === undefined) || (steps !== undefined && knownSteps === undefined)) return undefined;
    const [cut, ...others] = x.shape.flatMap((dim, axis) => (dim === y.shape[axis] ? [] : [axis]));
    if (cut === undefined || others.length > 0 || (knownSteps !== undefined && toNumbers(knownSteps).some((step) => step !== 1))) return undefined;
    const at = knownAxes === undefined ? cut : toNumbers(knownAxes).findIndex((axis) => normalAxis(axis, x.shape.length) === cut);
    return { axis: cut, start: firstOf(toNumbers(knownStarts)[at]!, x.shape[cut]!, 1), size: y.shape[cut]! };
  },
  examples: [
    { shapes: [[4, 5], null, null], constants: { starts: i64([2], [1, -3]), ends: i64([2], [3, 100]) } },
    { shapes: [[4, 7], null, null, null, null], constants: { starts: i64([1], [1]), ends: i64([1], [7]), axes: i64([1], [-1]), steps: i64([1], [2]) } },
    { shapes: [[2, 2, 6, 5], null, null, null, null], constants: { starts: i64([2], [0, 0]), ends: i64([2], [100, 100]), axes: i64([2], [2, 3]), steps: i64([2], [2, 2]) } },
    { shapes: [[7], null, null, null, null], constants: { starts: i64([1], [5]), ends: i64([1], [-100]), axes: i64([1], [0]), steps: i64([1], [-2]) } },
    { shapes: [[4, 5], null, null, null], constants: { starts: i64([1], [2]), ends: i64([1], [5]), axes: i64([1], [1]) } },
    { shapes: [[2, 4, 5], null, null, null], feeds: { starts: i64([2], [1, 2]), ends: i64([2], [3, 4]) }, constants: { axes: i64([2], [1, 2]) } },
    { shapes: [[4, 5], null, null, null], feeds: { starts: i64([1], [-4]), ends: i64([1], [-1]) }, constants: { axes: i64([1], [1]) } },
  ],
});

/** The first element that a start stands for, within the dimension; negative ones count from the end. */
const firstOf = (start: number, size: number, step: number): number => Math.min(Math.max(start < 0 ? start + size : start, 0), step > 0 ? size : size - 1);

/** Spreads axis `axis` of dy over `size` zeros: element i comes to first + i·step. */
function place(g: GraphBuilder, dy: Value, axis: number, size: number, first: number, step: number): Value {
  const count = dy.shape[axis]!;
  if (count === 0) return g.pad(dy, padsOn(dy.shape.length, axis, 0, size));
  const rank = dy.shape.length;
  // Backwards: turn it round, and start at the element taken last.
  const low = step > 0 ? first : first + (count - 1) * step;
  let out = step > 0 ? dy : reversed(g, dy, [axis]);
  const gap = Math.abs(step);
  if (gap > 1 && count > 1) {
    // Each element becomes a row of `gap`, the rest zeros; the zeros after the last one are cut by a negative pad below.
    // By Concat: a Pad of an inner axis takes five times as long.
    const [before, after] = [dy.shape.slice(0, axis), dy.shape.slice(axis + 1)];
    const rows = g.concat([g.reshape(out, [...before, count, 1, ...after]), filled(g, { dtype: dy.dtype, shape: [...before, count, gap - 1, ...after] }, 0)], axis + 1);
    out = g.reshape(rows, [...before, count * gap, ...after]);
  }
  const after = size - low - out.shape[axis]!;
  return low === 0 && after === 0 ? out : g.pad(out, padsOn(rank, axis, low, after));
}

/** The same with steps of 1 from starts that are known only when the graph runs, within the dimensions; negative ones count from the end. */
function placeAt(g: GraphBuilder, dy: Value, shape: readonly number[], starts: Value, axes: readonly number[]): Value {
  const list = (values: readonly number[]): Value => g.cast(g.constant(i64([values.length], values)), starts.dtype);
  const sizes = list(axes.map((axis) => shape[axis]!));
  const begin = g.add(starts, g.mul(sizes, g.cast(g.less(starts, list([0])), starts.dtype)));
  const end = g.sub(list(axes.map((axis) => shape[axis]! - dy.shape[axis]!)), begin);
  const pads = g.cast(g.concat([begin, end], 0), 'i64');
  return g.emit('Pad', [dy, pads, undefined, g.constant(i64([axes.length], axes))], { mode: string('constant') }, [{ dtype: dy.dtype, shape }])[0]!;
}

const padsOn = (rank: number, axis: number, begin: number, end: number): number[] =>
  Array.from({ length: 2 * rank }, (_, i) => (i === axis ? begin : i === axis + rank ? end : 0));
