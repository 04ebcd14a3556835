import { defineVjp } from '../rule.js';

export const add = defineVjp({
  op: 'Add',
  since: [14],
  inputs: ['a', 'b'],
  outputs: ['y'],
  // y = a + b     da = db = dy
  vjp: ({ grads }) => ({
    a: () => grads.y,
    b: () => grads.y,
  }),
  examples: [{ shapes: [[2, 3, 4], [2, 3, 4]] }, { shapes: [[2, 3, 4], [3, 1]] }, { shapes: [[1, 4], [2, 3, 1]] }, { shapes: [[2, 3], []] }],
});
