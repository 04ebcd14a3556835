import { defineVjp } from '../rule.js';

export const mul = defineVjp({
  op: 'Mul',
  since: [14],
  inputs: ['a', 'b'],
  outputs: ['y'],
  // y = a·b     da = dy·b     db = dy·a
  vjp: ({ g, inputs: { a, b }, grads }) => ({
    a: () => g.mul(grads.y, b),
    b: () => g.mul(grads.y, a),
  }),
  examples: [{ shapes: [[2, 3, 4], [2, 3, 4]] }, { shapes: [[2, 3, 4], [3, 1]] }, { shapes: [[1, 4], [2, 3, 1]] }, { shapes: [[2, 3], []] }],
});
