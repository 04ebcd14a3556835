import { all, same } from '../reads.js';
import { defineField } from '../rule.js';
import type { Reads } from '../span.js';

/** Each place of a product reads a row of one factor and a column of the other, whole. */
export const matMul = defineField({
  ops: ['MatMul'],
  steps: ({ input, output }, index) => {
    const [a, b, y] = [input(0), input(1), output(0)];
    if (a.length < 2 || b.length < 2) return undefined;
    const x = index === 0 ? a : b;
    const rank = y.length;
    return [x.map((length, axis): Reads => {
      const to = axis + rank - x.length;
      if (axis === x.length - (index === 0 ? 1 : 2)) return all;
      return axis >= x.length - 2 || length === y[to] ? same(to) : all;
    })];
  },
});
