import { i64 } from '@neuron-atlas/onnx';
import { defineVjp, stop } from '../rule.js';

export const reshape = defineVjp({
  op: 'Reshape',
  since: [14, 19, 21],
  inputs: ['x', 'shape'],
  outputs: ['y'],
  flat: { shape: stop },
  vjp: ({ g, inputs: { x }, grads }) => ({ x: () => g.reshape(grads.y, x.shape) }),
  examples: [{ shapes: [[2, 3, 4], null], constants: { shape: i64([2], [4, -1]) } }, { shapes: [[2, 3, 4], null], constants: { shape: i64([2], [0, 12]) } }],
});
