import { i64, int, intOr, string, stringOr } from '@neuron-atlas/onnx';
import { filled } from '../filled.js';
import { defineVjp, stop } from '../rule.js';
import { typeOf } from '../type-of.js';

export const scatterElements = defineVjp({
  op: 'ScatterElements',
  since: [18],
  inputs: ['data', 'indices', 'updates'],
  outputs: ['y'],
  flat: { indices: stop },
  refuses: ({ attrs }) => (['none', 'add'].includes(stringOr(attrs, 'reduction', 'none')) ? undefined : `its reduction is ${stringOr(attrs, 'reduction', '')}`),
  // What was written over gets nothing; an update gets the gradient of the place it was written, or added, to.
  vjp: ({ g, attrs, inputs: { indices, updates }, grads: { y: dy } }) => {
    const axis = { axis: int(intOr(attrs, 'axis', 0)) };
    return {
      data: () => (stringOr(attrs, 'reduction', 'none') === 'add' ? dy
        : g.emit('ScatterElements', [dy, indices, filled(g, updates, 0)], axis, [typeOf(dy)])[0]!),
      updates: () => g.emit('GatherElements', [dy, indices], axis, [typeOf(updates)])[0]!,
    };
  },
  examples: [
    { shapes: [[3, 4], null, [3, 2]], attrs: { axis: int(1) }, feeds: { indices: i64([3, 2], [0, 3, 1, 2, -1, 2]) } },
    { shapes: [[3, 4], null, [2, 4]], attrs: { reduction: string('add') }, constants: { indices: i64([2, 4], [0, 2, 1, 1, 0, 2, 0, 0]) } },
  ],
});
