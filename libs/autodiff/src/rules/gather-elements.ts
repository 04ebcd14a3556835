import { i64, int, string } from '@neuron-atlas/onnx';
import { filled } from '../filled.js';
import { defineVjp, stop } from '../rule.js';
import { typeOf } from '../type-of.js';

export const gatherElements = defineVjp({
  op: 'GatherElements',
  since: [13],
  inputs: ['data', 'indices'],
  outputs: ['y'],
  flat: { indices: stop },
  vjp: ({ g, attrs, inputs: { data, indices }, grads }) => ({
    data: () => g.emit('ScatterElements', [filled(g, data, 0), indices, grads.y], { ...attrs, reduction: string('add') }, [typeOf(data)])[0]!,
  }),
  examples: [
    { shapes: [[3, 4], null], attrs: { axis: int(1) }, feeds: { indices: i64([3, 2], [0, 3, 1, 1, -1, 2]) } },
    { shapes: [[3, 4], null], constants: { indices: i64([2, 4], [0, 2, 1, 1, -1, 2, 0, 0]) } },
  ],
});
