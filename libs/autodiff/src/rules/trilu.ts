import { i64, int } from '@neuron-atlas/onnx';
import { defineVjp, stop } from '../rule.js';
import { typeOf } from '../type-of.js';

export const trilu = defineVjp({
  op: 'Trilu',
  since: [14],
  inputs: ['x', 'k?'],
  outputs: ['y'],
  flat: { k: stop },
  vjp: ({ g, attrs, inputs: { k }, grads }) => ({ x: () => g.emit('Trilu', [grads.y, k], attrs, [typeOf(grads.y)])[0]! }),
  examples: [{ shapes: [[3, 4]] }, { shapes: [[2, 3, 3], null], constants: { k: i64([], [-1]) }, attrs: { upper: int(0) } }],
});
