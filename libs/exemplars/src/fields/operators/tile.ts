import { picked, same } from '../reads.js';
import { defineField } from '../rule.js';

export const tile = defineField({
  ops: ['Tile'],
  steps: ({ input, output }, index) => (index === 0
    ? [input(0).map((size, axis) => (size === output(0)[axis] ? same(axis) : picked(axis, output(0)[axis]!, (p) => p % size)))] : undefined),
});
