import { intOr } from '@neuron-atlas/onnx';
import { all, groupReads, same } from '../reads.js';
import { defineField } from '../rule.js';

export const groupNormalization = defineField({
  ops: ['GroupNormalization'],
  steps: ({ attrs, input }, index) => {
    const x = input(0);
    if (index !== 0) return undefined;
    return [x.map((_, axis) => (axis === 0 ? same(0) : axis === 1 ? groupReads(x[1]!, x[1]!, intOr(attrs, 'num_groups', 1)) : all))];
  },
});
