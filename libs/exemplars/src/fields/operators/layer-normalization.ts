import { intOr, normalAxis } from '@neuron-atlas/onnx';
import { all, same } from '../reads.js';
import { defineField } from '../rule.js';

export const layerNormalization = defineField({
  ops: ['LayerNormalization', 'RMSNormalization'],
  steps: ({ attrs, input }, index, output) => {
    const x = input(0);
    const from = normalAxis(intOr(attrs, 'axis', -1), x.length);
    return index === 0 && output === 0 ? [x.map((_, axis) => (axis < from ? same(axis) : all))] : undefined;
  },
});
