import { intOr, windowGeometry } from '@neuron-atlas/onnx';
import { groupReads, same, windowsOf } from '../reads.js';
import { defineField } from '../rule.js';

export const conv = defineField({
  ops: ['Conv'],
  steps: ({ attrs, input, output }, index) => {
    if (index !== 0) return undefined;
    const [x, w, y] = [input(0), input(1), output(0)];
    const geometry = windowGeometry(attrs, x.slice(2), w.slice(2));
    return [[same(0), groupReads(x[1]!, y[1]!, intOr(attrs, 'group', 1)), ...windowsOf(geometry, x, y)]];
  },
});
