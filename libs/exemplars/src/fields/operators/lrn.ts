import { intOr } from '@neuron-atlas/onnx';
import { same, windowReads } from '../reads.js';
import { defineField } from '../rule.js';

/** Local response normalisation reads some channels on either side, of the same place. */
export const lrn = defineField({
  ops: ['LRN'],
  steps: ({ attrs, input }) => {
    const x = input(0);
    const taps = intOr(attrs, 'size', 1);
    return [x.map((size, axis) => (axis === 1 ? windowReads(1, size, size, { stride: 1, dilation: 1, taps, begin: Math.floor((taps - 1) / 2) }) : same(axis)))];
  },
});
