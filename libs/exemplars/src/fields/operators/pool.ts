import { intsOr, windowGeometry } from '@neuron-atlas/onnx';
import { same, windowsOf } from '../reads.js';
import { defineField } from '../rule.js';

export const pool = defineField({
  ops: ['AveragePool', 'LpPool', 'MaxPool'],
  steps: ({ attrs, input, output }) => {
    const x = input(0);
    const geometry = windowGeometry(attrs, x.slice(2), intsOr(attrs, 'kernel_shape', []));
    return [[same(0), same(1), ...windowsOf(geometry, x, output(0))]];
  },
});
