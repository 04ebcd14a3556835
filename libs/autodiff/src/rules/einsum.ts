import { string, stringOr } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

export const einsum = defineVjp({
  op: 'Einsum',
  since: [12],
  inputs: ['...parts'],
  outputs: ['y'],
  refuses: ({ attrs }) => {
    const { terms, result } = parseEquation(stringOr(attrs, 'equation', ''));
    if (result === undefined) return 'its equation has no right side';
    if ([...terms, result].some((term) => term.includes('.'))) return 'its equation has an ellipsis';
    if ([...terms, result].some((term) => new Set(term).size < term.length)) return 'its equation takes a diagonal';
    const lost = terms.some((term, i) => [...term].some((index) => !result.includes(index) && !terms.some((other, j) => j !== i && other.includes(index))));
    return lost ? 'its equation sums over an index of one operand alone' : undefined;
  },
  // The gradient of an operand: the product of dy with the others, with that operand's indices as the result.
  vjp: ({ g, attrs, inputs: { parts }, grads: { y: dy } }) => {
    const { terms, result } = parseEquation(stringOr(attrs, 'equation', ''));
    return {
      parts: parts.map((part, i) => () => {
        const others = terms.flatMap((term, j) => (j === i ? [] : [{ term, value: parts[j]! }]));
        const equation = `${[result, ...others.map(({ term }) => term)].join(',')}->${terms[i]}`;
        return g.emit('Einsum', [dy, ...others.map(({ value }) => value)], { equation: string(equation) }, [{ dtype: part.dtype, shape: part.shape }])[0]!;
      }),
    };
  },
  examples: [
    { shapes: [[2, 3], [3, 4]], attrs: { equation: string('ij,jk->ik') } },
    { shapes: [[2, 3, 4, 5], [2, 3, 6, 5]], attrs: { equation: string('bhid, bhjd -> bhij') } },
    { shapes: [[2, 3]], attrs: { equation: string('ij->ji') } },
    { shapes: [[2], [3]], attrs: { equation: string('i,j->ij') } },
  ],
});

function parseEquation(equation: string): { readonly terms: readonly string[]; readonly result: string | undefined } {
  const [left, right] = equation.replace(/\s/g, '').split('->');
  return { terms: left!.split(','), result: right };
}
