import { defineVjp } from '../rule.js';

export const sum = defineVjp({
  op: 'Sum',
  since: [13],
  inputs: ['...parts'],
  outputs: ['y'],
  vjp: ({ inputs: { parts }, grads }) => ({ parts: parts.map(() => () => grads.y) }),
  examples: [{ shapes: [[2, 3], [2, 3], [3]] }, { shapes: [[2, 3]] }],
});
