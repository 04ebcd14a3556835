import { all, same } from '../reads.js';
import { defineField } from '../rule.js';

export const globalPool = defineField({
  ops: ['GlobalAveragePool', 'GlobalLpPool', 'GlobalMaxPool'],
  steps: ({ input }) => [input(0).map((_, axis) => (axis < 2 ? same(axis) : all))],
});
