import { intOr, normalAxis, toNumbers } from '@neuron-atlas/onnx';
import { picked, same } from '../reads.js';
import { defineField } from '../rule.js';
import type { Reads } from '../span.js';

export const gather = defineField({
  ops: ['Gather'],
  steps: ({ attrs, input, output, constant }, index) => {
    const indices = constant(1);
    if (index !== 0 || indices === undefined) return undefined;
    const x = input(0);
    const at = normalAxis(intOr(attrs, 'axis', 0), x.length);
    const chosen = toNumbers(indices).map((place) => normalAxis(place, x[at]!));
    const flat = x.map((_, axis): Reads => (axis === at ? picked(axis, chosen.length, (p) => chosen[p]) : same(axis)));
    return [flat, { reshape: output(0) }];
  },
});
