import { int } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

export const flatten = defineVjp({
  op: 'Flatten',
  since: [13, 21],
  inputs: ['x'],
  outputs: ['y'],
  vjp: ({ g, inputs: { x }, grads }) => ({ x: () => g.reshape(grads.y, x.shape) }),
  examples: [{ shapes: [[2, 3, 4]] }, { shapes: [[2, 3, 4]], attrs: { axis: int(2) } }],
});
