import { defineVjp } from '../rule.js';

export const div = defineVjp({
  op: 'Div',
  since: [14],
  inputs: ['a', 'b'],
  outputs: ['y'],
  // y = a/b     da = dy/b     db = −dy·y/b
  vjp: ({ g, inputs: { b }, outputs, grads }) => ({
    a: () => g.div(grads.y, b),
    b: () => g.neg(g.div(g.mul(grads.y, outputs.y), b)),
  }),
  examples: [{ shapes: [[2, 3, 4], [2, 3, 4]], range: [0.5, 2] }, { shapes: [[2, 3, 4], [3, 1]], range: [0.5, 2] }, { shapes: [[1, 4], [2, 3, 1]], range: [0.5, 2] }, { shapes: [[2, 3], []], range: [0.5, 2] }],
});
