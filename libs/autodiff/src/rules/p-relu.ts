import { negative, positive } from '../masks.js';
import { defineVjp } from '../rule.js';

export const pRelu = defineVjp({
  op: 'PRelu',
  since: [16],
  inputs: ['x', 'slope'],
  outputs: ['y'],
  // y = x > 0 ? x : s·x     dx = dy · (x > 0 ? 1 : s)     ds = dy · min(x, 0)
  vjp: ({ g, inputs: { x, slope }, grads }) => ({
    x: () => g.mul(grads.y, g.add(positive(g, x), g.mul(g.sub(1, positive(g, x)), slope))),
    slope: () => g.mul(grads.y, g.mul(x, negative(g, x))),
  }),
  examples: [{ shapes: [[2, 3, 4], [2, 3, 4]], avoid: [0] }, { shapes: [[2, 3, 4, 2], [3, 1, 1]], avoid: [0] }, { shapes: [[2, 3], [1]], avoid: [0] }],
});
