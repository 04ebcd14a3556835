import { i64 } from '@neuron-atlas/onnx';
import { defineVjp, stop } from '../rule.js';

export const squeeze = defineVjp({
  op: 'Squeeze',
  since: [13, 21],
  inputs: ['x', 'axes?'],
  outputs: ['y'],
  flat: { axes: stop },
  vjp: ({ g, inputs: { x }, grads }) => ({ x: () => g.reshape(grads.y, x.shape) }),
  examples: [{ shapes: [[2, 1, 3, 1]] }, { shapes: [[2, 1, 3, 1], null], constants: { axes: i64([1], [-1]) } }],
});
