import { f32, type GraphBuilder, i64, normalAxis, string, stringOr, toNumbers, type Value } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';
import { reversed } from '../reversed.js';
import { defineVjp, stop } from '../rule.js';

export const pad = defineVjp({
  op: 'Pad',
  since: [13, 18, 19, 21],
  inputs: ['x', 'pads', 'fill?', 'axes?'],
  outputs: ['y'],
  flat: { pads: stop, fill: stop, axes: stop },
  refuses: ({ attrs }) => (['constant', 'reflect', 'edge', 'wrap'].includes(stringOr(attrs, 'mode', 'constant')) ? undefined : `its mode is ${stringOr(attrs, 'mode', '')}`),
  // dx = the inner part of dy, and what each border element was copied from gets its gradient too. Axes are padded one
  // after the other, so they are folded back one after the other.
  vjp: ({ g, node, attrs, inputs: { x, pads, axes }, grads: { y: dy }, around }) => ({
    x: () => {
      const refuse = (what: string): Error => errors.unsupported({ op: node.op, node: node.name, reason: `its ${what} are computed while the graph runs` });
      const [knownPads, knownAxes] = [around.constant(pads), around.constant(axes)];
      if (knownPads === undefined) throw refuse('pads');
      if (axes !== undefined && knownAxes === undefined) throw refuse('axes');
      const at = knownAxes === undefined ? x.shape.map((_, axis) => axis) : toNumbers(knownAxes).map((axis) => normalAxis(axis, x.shape.length));
      const widths = toNumbers(knownPads);
      const mode = stringOr(attrs, 'mode', 'constant');
      return at.reduce((out, axis, i) => fold(g, out, axis, x.shape[axis]!, widths[i]!, widths[i + at.length]!, mode), dy);
    },
  }),
  examples: [
    { shapes: [[2, 3], null], constants: { pads: i64([4], [1, 0, 2, 1]) } },
    { shapes: [[2, 5], null], constants: { pads: i64([4], [1, -2, 0, 1]) } },
    { shapes: [[2, 3], null, null], constants: { pads: i64([4], [1, 0, 2, 1]), fill: f32([], [0.5]) } },
    { shapes: [[2, 3, 4], null, null, null], constants: { pads: i64([2], [1, 2]), axes: i64([1], [-1]) } },
    { shapes: [[2, 4, 5], null], attrs: { mode: string('reflect') }, constants: { pads: i64([6], [0, 3, 2, 0, 1, 2]) } },
    { shapes: [[2, 4, 5], null], attrs: { mode: string('edge') }, constants: { pads: i64([6], [0, 3, 2, 0, 1, 6]) } },
    { shapes: [[2, 4, 5], null], attrs: { mode: string('wrap') }, constants: { pads: i64([6], [0, 3, 2, 0, 1, 4]) }, opset: 19 },
  ],
});

/** Undoes the padding of one axis: `size` elements between `begin` and `end` more. */
function fold(g: GraphBuilder, dy: Value, axis: number, size: number, begin: number, end: number, mode: string): Value {
  if (begin === 0 && end === 0) return dy;
  const rank = dy.shape.length;
  const padded = (value: Value, before: number, after: number): Value => (before === 0 && after === 0 ? value
    : g.pad(value, Array.from({ length: 2 * rank }, (_, i) => (i === axis ? before : i === axis + rank ? after : 0))));
  const total = dy.shape[axis]!;
  const inner = g.slice(dy, [Math.max(begin, 0)], [total - Math.max(end, 0)], [axis]);
  // Where the forward pass cropped, nothing comes back.
  let out = padded(inner, Math.max(-begin, 0), Math.max(-end, 0));
  if (mode === 'constant') return out;
  const sides: { readonly width: number; readonly part: () => Value; readonly to: 'start' | 'stop' }[] = [
    { width: begin, part: () => g.slice(dy, [0], [begin], [axis]), to: 'start' },
    { width: end, part: () => g.slice(dy, [total - end], [total], [axis]), to: 'stop' },
  ];
  for (const { width, part, to } of sides) {
    if (width <= 0) continue;
    out = g.add(out, border(g, part(), padded, axis, size, width, mode, to));
  }
  return out;
}

/** The gradient of a border, at the places it was copied from. */
function border(g: GraphBuilder, part: Value, padded: (value: Value, before: number, after: number) => Value, axis: number, size: number, width: number, mode: string, to: 'start' | 'stop'): Value {
  if (mode === 'edge') {
    const sum = g.sum(part, [axis], true);
    return to === 'start' ? padded(sum, 0, size - 1) : padded(sum, size - 1, 0);
  }
  if (mode === 'wrap') return to === 'start' ? padded(part, size - width, 0) : padded(part, 0, size - width);
  // reflect: x[k] is copied to place −k, x[size − 1 − k] to place size − 1 + k, for k from 1.
  const turned = reversed(g, part, [axis]);
  return to === 'start' ? padded(turned, 1, size - 1 - width) : padded(turned, size - 1 - width, 1);
}
