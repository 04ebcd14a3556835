import { errors } from '../errors.js';
import { defineVjp, stop } from '../rule.js';

export const castLike = defineVjp({
  op: 'CastLike',
  since: [15, 19, 21],
  inputs: ['x', 'like'],
  outputs: ['y'],
  flat: { like: stop },
  vjp: ({ g, node, inputs: { x }, outputs: { y }, grads }) => ({
    x: () => {
      if (!['f32', 'f64', 'f16', 'bf16'].includes(y.dtype)) throw errors.unsupported({ op: node.op, node: node.name, reason: 'a cast to a type without fractions has no gradient' });
      return g.cast(grads.y, x.dtype);
    },
  }),
  examples: [{ shapes: [[2, 3], [1]], fixed: ['like'] }],
});
