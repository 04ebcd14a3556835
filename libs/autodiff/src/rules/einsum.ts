import { string, stringOr, type Value } from '@neuron-atlas/onnx';
import { parseEquation, withoutEllipsis } from '../einsum-equation.js';
import { defineVjp } from '../rule.js';

export const einsum = defineVjp({
  op: 'Einsum',
  since: [12],
  inputs: ['...parts'],
  outputs: ['y'],
  refuses: ({ attrs }) => {
    const { terms, result } = parseEquation(stringOr(attrs, 'equation', ''));
    return [...terms, result].some((term) => { const letters = term.replaceAll('.', ''); return new Set(letters).size < letters.length; }) ? 'its equation takes a diagonal' : undefined;
  },
  // The gradient of an operand: the product of dy with the others, with that operand's indices as the result. An index
  // that the operand alone has was summed away: the gradient is the same for all its values.
  vjp: ({ g, attrs, inputs: { parts }, grads: { y: dy } }) => {
    const { terms, result } = withoutEllipsis(parseEquation(stringOr(attrs, 'equation', '')), parts.map(({ shape }) => shape.length));
    const sizes = new Map<string, number>();
    terms.forEach((term, i) => [...term].forEach((index, axis) => sizes.set(index, Math.max(sizes.get(index) ?? 1, parts[i]!.shape[axis]!))));
    return {
      parts: parts.map((part, i) => (): Value => {
        const others = terms.flatMap((term, j) => (j === i ? [] : [{ term, value: parts[j]! }]));
        const there = [...terms[i]!].filter((index) => result.includes(index) || others.some(({ term }) => term.includes(index)));
        const equation = `${[result, ...others.map(({ term }) => term)].join(',')}->${there.join('')}`;
        const made = g.emit('Einsum', [dy, ...others.map(({ value }) => value)], { equation: string(equation) }, [{ dtype: part.dtype, shape: there.map((index) => sizes.get(index)!) }])[0]!;
        return there.length === terms[i]!.length ? made : g.reshape(made, [...terms[i]!].map((index) => (there.includes(index) ? sizes.get(index)! : 1)));
      }),
    };
  },
  examples: [
    { shapes: [[2, 3], [3, 4]], attrs: { equation: string('ij,jk->ik') } },
    { shapes: [[2, 3, 4, 5], [2, 3, 6, 5]], attrs: { equation: string('bhid, bhjd -> bhij') } },
    { shapes: [[2, 3]], attrs: { equation: string('ij->ji') } },
    { shapes: [[2], [3]], attrs: { equation: string('i,j->ij') } },
    { shapes: [[2, 3, 4]], attrs: { equation: string('abc->b') } },
    { shapes: [[2, 3, 4], [4, 5]], attrs: { equation: string('bij,jk->ik') } },
    { shapes: [[2, 3, 4, 5], [1, 3, 5, 6]], attrs: { equation: string('...ij,...jk->...ik') } },
    { shapes: [[3, 2], [3, 4]], attrs: { equation: string('ji,jk') } },
  ],
});
