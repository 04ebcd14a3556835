import { i64, int, intOr } from '@neuron-atlas/onnx';
import { defineVjp, stop } from '../rule.js';

export const split = defineVjp({
  op: 'Split',
  since: [13, 18],
  inputs: ['x', 'sizes?'],
  outputs: ['...parts'],
  flat: { sizes: stop },
  vjp: ({ g, attrs, grads }) => ({ x: () => g.concat(grads.parts, intOr(attrs, 'axis', 0)) }),
  examples: [
    { shapes: [[2, 6]], attrs: { axis: int(-1), num_outputs: int(3) }, outputs: 3 },
    { shapes: [[5, 2], null], constants: { sizes: i64([2], [3, 2]) }, outputs: 2 },
  ],
});
