import { all, same } from '../reads.js';
import { defineField } from '../rule.js';

export const instanceNormalization = defineField({
  ops: ['InstanceNormalization'],
  steps: ({ input }, index) => (index === 0 ? [input(0).map((_, axis) => (axis < 2 ? same(axis) : all))] : undefined),
});
