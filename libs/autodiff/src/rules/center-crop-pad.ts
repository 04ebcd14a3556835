import { i64, ints } from '@neuron-atlas/onnx';
import { defineVjp, stop } from '../rule.js';

export const centerCropPad = defineVjp({
  op: 'CenterCropPad',
  since: [18],
  inputs: ['x', 'shape'],
  outputs: ['y'],
  flat: { shape: stop },
  // What was cut off at an axis comes back as zeros, what was put on is cut off; the odd one is at the end.
  vjp: ({ g, inputs: { x }, grads: { y: dy } }) => ({
    x: () => {
      const over = x.shape.map((dim, axis) => dim - dy.shape[axis]!);
      const begin = over.map((count) => Math.sign(count) * Math.floor(Math.abs(count) / 2));
      return over.every((count) => count === 0) ? dy : g.pad(dy, [...begin, ...over.map((count, axis) => count - begin[axis]!)]);
    },
  }),
  examples: [
    { shapes: [[2, 7, 4], null], constants: { shape: i64([3], [2, 4, 7]) } },
    { shapes: [[2, 5, 6], null], attrs: { axes: ints([2, 1]) }, constants: { shape: i64([2], [3, 8]) } },
  ],
});
