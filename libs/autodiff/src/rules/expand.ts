import { i64 } from '@neuron-atlas/onnx';
import { defineVjp, stop } from '../rule.js';

export const expand = defineVjp({
  op: 'Expand',
  since: [13],
  inputs: ['x', 'shape'],
  outputs: ['y'],
  flat: { shape: stop },
  vjp: ({ grads }) => ({ x: () => grads.y }),
  examples: [{ shapes: [[3, 1], null], constants: { shape: i64([3], [2, 3, 4]) } }, { shapes: [[2, 3], null], constants: { shape: i64([1], [1]) } }],
});
