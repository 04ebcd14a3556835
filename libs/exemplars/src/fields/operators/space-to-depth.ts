import { intOr } from '@neuron-atlas/onnx';
import { same } from '../reads.js';
import { defineField } from '../rule.js';

export const spaceToDepth = defineField({
  ops: ['SpaceToDepth'],
  steps: ({ attrs, input, output }) => {
    const [n, c, h, w] = input(0) as [number, number, number, number];
    const b = intOr(attrs, 'blocksize', 1);
    const perm = [0, 3, 5, 1, 2, 4];
    return [{ reshape: [n, c, h / b, b, w / b, b] }, perm.map((_, axis) => same(perm.indexOf(axis))), { reshape: output(0) }];
  },
});
