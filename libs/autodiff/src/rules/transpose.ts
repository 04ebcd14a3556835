import { ints, intsOr } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

export const transpose = defineVjp({
  op: 'Transpose',
  since: [13, 21],
  inputs: ['x'],
  outputs: ['y'],
  vjp: ({ g, attrs, inputs: { x }, grads }) => ({
    x: () => {
      const perm = intsOr(attrs, 'perm', x.shape.map((_, axis) => x.shape.length - 1 - axis));
      const inverse = perm.map((_, axis) => perm.indexOf(axis));
      return g.transpose(grads.y, inverse);
    },
  }),
  examples: [{ shapes: [[2, 3, 4]] }, { shapes: [[2, 3, 4]], attrs: { perm: ints([1, 2, 0]) } }],
});
