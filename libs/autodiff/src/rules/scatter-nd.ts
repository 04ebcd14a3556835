import { i64, string, stringOr } from '@neuron-atlas/onnx';
import { filled } from '../filled.js';
import { defineVjp, stop } from '../rule.js';
import { typeOf } from '../type-of.js';

export const scatterND = defineVjp({
  op: 'ScatterND',
  since: [18],
  inputs: ['data', 'indices', 'updates'],
  outputs: ['y'],
  flat: { indices: stop },
  refuses: ({ attrs }) => (['none', 'add'].includes(stringOr(attrs, 'reduction', 'none')) ? undefined : `its reduction is ${stringOr(attrs, 'reduction', '')}`),
  vjp: ({ g, attrs, inputs: { indices, updates }, grads: { y: dy } }) => ({
    data: () => (stringOr(attrs, 'reduction', 'none') === 'add' ? dy : g.emit('ScatterND', [dy, indices, filled(g, updates, 0)], {}, [typeOf(dy)])[0]!),
    updates: () => g.emit('GatherND', [dy, indices], {}, [typeOf(updates)])[0]!,
  }),
  examples: [
    { shapes: [[3, 4], null, [2, 4]], feeds: { indices: i64([2, 1], [2, 0]) } },
    { shapes: [[3, 4], null, [3]], attrs: { reduction: string('add') }, constants: { indices: i64([3, 2], [0, 3, 2, 1, 0, 3]) } },
  ],
});
