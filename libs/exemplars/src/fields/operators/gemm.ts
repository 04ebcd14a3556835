import { intOr } from '@neuron-atlas/onnx';
import { all, broadcastReads, same } from '../reads.js';
import { defineField } from '../rule.js';

export const gemm = defineField({
  ops: ['Gemm'],
  steps: ({ attrs, input, output }, index) => {
    if (index === 2) return [broadcastReads(input(2), output(0))];
    const turned = intOr(attrs, index === 0 ? 'transA' : 'transB', 0) === 1;
    const row = (index === 0) !== turned;
    return [row ? [same(index), all] : [all, same(index)]];
  },
});
