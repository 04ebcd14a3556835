import { tensor } from '@neuron-atlas/onnx';
import { filled } from '../filled.js';
import { defineVjp, stop } from '../rule.js';

const condition = tensor('bool', [2, 3], Uint8Array.of(1, 0, 0, 1, 1, 0));

export const where = defineVjp({
  op: 'Where',
  since: [16],
  inputs: ['condition', 'a', 'b'],
  outputs: ['y'],
  flat: { condition: stop },
  // y = c ? a : b     da = c ? dy : 0     db = c ? 0 : dy
  vjp: ({ g, inputs: { condition: c }, grads: { y: dy } }) => ({
    a: () => g.where(c, dy, filled(g, { dtype: dy.dtype, shape: [] }, 0)),
    b: () => g.where(c, filled(g, { dtype: dy.dtype, shape: [] }, 0), dy),
  }),
  examples: [
    { shapes: [null, [2, 3], [2, 3]], feeds: { condition } },
    { shapes: [null, [3], [2, 1]], feeds: { condition } },
    { shapes: [null, [4, 2, 3], []], constants: { condition } },
  ],
});
