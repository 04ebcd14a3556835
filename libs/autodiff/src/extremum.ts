import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import { defineVjp, type Rule } from './rule.js';

/** Max or Min of any number of tensors: the gradient goes to the first of them that holds the result. */
export const extremum = (op: 'Max' | 'Min'): Rule => defineVjp({
  op,
  since: [13],
  inputs: ['...parts'],
  outputs: ['y'],
  vjp: ({ g, inputs: { parts }, outputs: { y }, grads: { y: dy } }) => ({
    parts: parts.map((part, index) => () => {
      const wins = index === parts.length - 1 && index > 0
        // The last one holds it where none before does.
        ? parts.slice(0, index).map((other) => g.sub(1, holds(g, other, y))).reduce((a, b) => g.mul(a, b))
        : parts.slice(0, index).map((other) => g.sub(1, holds(g, other, y))).reduce((a, b) => g.mul(a, b), holds(g, part, y));
      return g.mul(dy, wins);
    }),
  }),
  examples: [
    { shapes: [[2, 3, 4], [2, 3, 4]], distinct: true },
    { shapes: [[2, 3, 4], [4], [3, 1]], distinct: true },
    { shapes: [[3, 4]], distinct: true },
  ],
});

const holds = (g: GraphBuilder, part: Value, y: Value): Value => g.cast(g.equal(part, y), y.dtype);
