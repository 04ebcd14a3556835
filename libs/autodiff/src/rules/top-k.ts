import { i64, int, intOr, string } from '@neuron-atlas/onnx';
import { filled } from '../filled.js';
import { defineVjp, stop } from '../rule.js';
import { typeOf } from '../type-of.js';

export const topK = defineVjp({
  op: 'TopK',
  since: [11],
  inputs: ['x', 'k'],
  outputs: ['y', 'indices?'],
  flat: { k: stop },
  refuses: ({ outputs }) => ((outputs[1] ?? '') === '' ? 'it does not give its indices' : undefined),
  vjp: ({ g, attrs, inputs: { x }, outputs: { indices }, grads }) => ({
    x: () => g.emit('ScatterElements', [filled(g, x, 0), indices, grads.y], { axis: int(intOr(attrs, 'axis', -1)), reduction: string('add') }, [typeOf(x)])[0]!,
  }),
  examples: [
    { shapes: [[2, 5], null], constants: { k: i64([1], [2]) }, distinct: true, outputs: 2 },
    { shapes: [[4, 3], null], constants: { k: i64([1], [3]) }, attrs: { axis: int(0), largest: int(0) }, distinct: true, outputs: 2 },
  ],
});
