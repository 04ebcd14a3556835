import { intOr, stringOr } from '@neuron-atlas/onnx';
import { same } from '../reads.js';
import { defineField } from '../rule.js';

export const depthToSpace = defineField({
  ops: ['DepthToSpace'],
  steps: ({ attrs, input, output }) => {
    const [n, c, h, w] = input(0) as [number, number, number, number];
    const b = intOr(attrs, 'blocksize', 1);
    const columnsFirst = stringOr(attrs, 'mode', 'DCR') === 'CRD';
    const perm = columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
    return [
      { reshape: columnsFirst ? [n, c / (b * b), b, b, h, w] : [n, b, b, c / (b * b), h, w] },
      perm.map((_, axis) => same(perm.indexOf(axis))),
      { reshape: output(0) },
    ];
  },
});
