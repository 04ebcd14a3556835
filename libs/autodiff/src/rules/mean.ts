import { defineVjp } from '../rule.js';

export const mean = defineVjp({
  op: 'Mean',
  since: [13],
  inputs: ['...parts'],
  outputs: ['y'],
  vjp: ({ g, inputs: { parts }, grads }) => ({ parts: parts.map(() => () => g.mul(grads.y, 1 / parts.length)) }),
  examples: [{ shapes: [[2, 3], [2, 3], [3]] }, { shapes: [[2, 3]] }],
});
