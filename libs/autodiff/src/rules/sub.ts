import { defineVjp } from '../rule.js';

export const sub = defineVjp({
  op: 'Sub',
  since: [14],
  inputs: ['a', 'b'],
  outputs: ['y'],
  // y = a − b     da = dy     db = −dy
  vjp: ({ g, grads }) => ({
    a: () => grads.y,
    b: () => g.neg(grads.y),
  }),
  examples: [{ shapes: [[2, 3, 4], [2, 3, 4]] }, { shapes: [[2, 3, 4], [3, 1]] }, { shapes: [[1, 4], [2, 3, 1]] }, { shapes: [[2, 3], []] }],
});
