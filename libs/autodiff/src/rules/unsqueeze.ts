import { i64 } from '@neuron-atlas/onnx';
import { defineVjp, stop } from '../rule.js';

export const unsqueeze = defineVjp({
  op: 'Unsqueeze',
  since: [13, 21],
  inputs: ['x', 'axes'],
  outputs: ['y'],
  flat: { axes: stop },
  vjp: ({ g, inputs: { x }, grads }) => ({ x: () => g.reshape(grads.y, x.shape) }),
  examples: [{ shapes: [[2, 3], null], constants: { axes: i64([2], [0, -1]) } }],
});
