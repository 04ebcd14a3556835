import { intOr, normalAxis } from '@neuron-atlas/onnx';
import { picked, same } from '../reads.js';
import { defineField } from '../rule.js';

export const concat = defineField({
  ops: ['Concat'],
  steps: ({ node, attrs, input, output }, index) => {
    const y = output(0);
    const at = normalAxis(intOr(attrs, 'axis', 0), y.length);
    let start = 0;
    for (let i = 0; i < index; i++) start += node.inputs[i] === '' ? 0 : input(i)[at]!;
    const length = input(index)[at]!;
    return [y.map((size, axis) => (axis === at ? picked(axis, size, (p) => (p >= start && p < start + length ? p - start : undefined)) : same(axis)))];
  },
});
