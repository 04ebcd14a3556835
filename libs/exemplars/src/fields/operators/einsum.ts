import { stringOr } from '@neuron-atlas/onnx';
import { all, same } from '../reads.js';
import { defineField } from '../rule.js';

/** Axes with a letter of the result are kept, the others read whole; with dots, or a letter twice in one factor, it is not told. */
export const einsum = defineField({
  ops: ['Einsum'],
  steps: ({ attrs }, index) => {
    const [left, right] = stringOr(attrs, 'equation', '').replaceAll(' ', '').split('->');
    const letters = [...(left ?? '').split(',')[index] ?? ''];
    if (right === undefined || letters.includes('.') || new Set(letters).size < letters.length) return undefined;
    return [letters.map((letter) => (right.includes(letter) ? same(right.indexOf(letter)) : all))];
  },
});
