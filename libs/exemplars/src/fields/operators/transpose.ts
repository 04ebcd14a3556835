import { intsOr } from '@neuron-atlas/onnx';
import { same } from '../reads.js';
import { defineField } from '../rule.js';

export const transpose = defineField({
  ops: ['Transpose'],
  steps: ({ attrs, input }) => {
    const x = input(0);
    const perm = intsOr(attrs, 'perm', [...x.keys()].reverse());
    return [x.map((_, axis) => same(perm.indexOf(axis)))];
  },
});
