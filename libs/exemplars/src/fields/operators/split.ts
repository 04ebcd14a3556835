import { intOr, normalAxis } from '@neuron-atlas/onnx';
import { picked, same } from '../reads.js';
import { defineField } from '../rule.js';

export const split = defineField({
  ops: ['Split'],
  steps: ({ attrs, input, output }, index, which) => {
    if (index !== 0) return undefined;
    const x = input(0);
    const at = normalAxis(intOr(attrs, 'axis', 0), x.length);
    let start = 0;
    for (let i = 0; i < which; i++) start += output(i)[at]!;
    return [x.map((_, axis) => (axis === at ? picked(axis, output(which)[at]!, (p) => start + p) : same(axis)))];
  },
});
