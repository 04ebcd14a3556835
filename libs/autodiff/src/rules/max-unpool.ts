import { i64, ints, sizeOf } from '@neuron-atlas/onnx';
import { defineVjp, stop } from '../rule.js';

export const maxUnpool = defineVjp({
  op: 'MaxUnpool',
  since: [11, 22],
  inputs: ['x', 'indices', 'shape?'],
  outputs: ['y'],
  flat: { indices: stop, shape: stop },
  refuses: ({ inputs }) => ((inputs[2] ?? '') === '' ? undefined : 'its output shape is given, not that of its windows'),
  // y[indices[i]] = x[i], counted through the whole tensor     dx[i] = dy[indices[i]]
  vjp: ({ g, inputs: { indices }, grads: { y: dy } }) => ({
    x: () => g.gather(g.reshape(dy, [sizeOf(dy.shape)]), indices, 0),
  }),
  examples: [{ shapes: [[1, 2, 2, 2], null], attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }, feeds: { indices: i64([1, 2, 2, 2], [1, 6, 8, 15, 16, 22, 29, 30]) } }],
});
