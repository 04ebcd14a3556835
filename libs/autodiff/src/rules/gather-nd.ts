import { i64, intOr, string } from '@neuron-atlas/onnx';
import { filled } from '../filled.js';
import { defineVjp, stop } from '../rule.js';
import { typeOf } from '../type-of.js';

export const gatherND = defineVjp({
  op: 'GatherND',
  since: [13],
  inputs: ['data', 'indices'],
  outputs: ['y'],
  flat: { indices: stop },
  refuses: ({ attrs }) => (intOr(attrs, 'batch_dims', 0) === 0 ? undefined : 'it has batch dimensions'),
  vjp: ({ g, inputs: { data, indices }, grads }) => ({
    data: () => g.emit('ScatterND', [filled(g, data, 0), indices, grads.y], { reduction: string('add') }, [typeOf(data)])[0]!,
  }),
  examples: [{ shapes: [[3, 4], null], feeds: { indices: i64([2, 2], [0, 3, 2, 1]) } }, { shapes: [[3, 4], null], feeds: { indices: i64([2, 1], [2, 2]) } }],
});
