import { int, intOr } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

export const mod = defineVjp({
  op: 'Mod',
  since: [13],
  inputs: ['a', 'b'],
  outputs: ['y'],
  refuses: ({ attrs }) => (intOr(attrs, 'fmod', 0) === 1 ? undefined : 'it works on whole numbers'),
  // y = a − b·⌊a/b⌋ towards 0     da = dy     db = −dy · (a − y)/b
  vjp: ({ g, inputs: { a, b }, outputs: { y }, grads: { y: dy } }) => ({
    a: () => dy,
    b: () => g.neg(g.mul(dy, g.div(g.sub(a, y), b))),
  }),
  examples: [
    { shapes: [[2, 3], [2, 3]], ranges: { a: [2.45, 2.55], b: [1, 1.02] }, attrs: { fmod: int(1) } },
    { shapes: [[2, 3], [3]], ranges: { a: [-2.55, -2.45], b: [1, 1.02] }, attrs: { fmod: int(1) } },
  ],
});
