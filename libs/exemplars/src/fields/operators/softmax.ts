import { intOr } from '@neuron-atlas/onnx';
import { wholeAlong } from '../reads.js';
import { defineField } from '../rule.js';

export const softmax = defineField({
  ops: ['Hardmax', 'LogSoftmax', 'LpNormalization', 'Softmax'],
  steps: ({ attrs, input }) => [wholeAlong(input(0), [intOr(attrs, 'axis', -1)])],
});
