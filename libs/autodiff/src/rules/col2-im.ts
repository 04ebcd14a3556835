import { i64, intsOr, ints, sizeOf, toNumbers, type Value } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';
import { realTensor } from '../real-tensor.js';
import { defineVjp, stop } from '../rule.js';

export const col2Im = defineVjp({
  op: 'Col2Im',
  since: [18],
  inputs: ['x', 'image', 'block'],
  outputs: ['y'],
  flat: { image: stop, block: stop },
  // Blocks are added up into an image; the gradient takes them out of it again: a convolution with a one-hot kernel for each place of a block.
  vjp: ({ g, node, attrs, inputs: { x, block }, grads: { y: dy }, around }) => ({
    x: (): Value => {
      const known = around.constant(block);
      if (known === undefined) throw errors.unsupported({ op: node.op, node: node.name, reason: 'the size of its blocks is computed while the graph runs' });
      const kernel = toNumbers(known);
      const [places, channels] = [sizeOf(kernel), dy.shape[1]!];
      const taps = Array.from({ length: channels * places * places }, (_, i) => (i % places === Math.floor(i / places) % places ? 1 : 0));
      const w = g.constant(realTensor(dy.dtype, [channels * places, 1, ...kernel], taps));
      const geometry = { strides: intsOr(attrs, 'strides', kernel.map(() => 1)), dilations: intsOr(attrs, 'dilations', kernel.map(() => 1)), pads: intsOr(attrs, 'pads', [...kernel, ...kernel].map(() => 0)) };
      return g.reshape(g.conv(dy, w, undefined, { ...geometry, group: channels }), x.shape);
    },
  }),
  examples: [
    { shapes: [[2, 12, 12], null, null], constants: { image: i64([2], [4, 6]), block: i64([2], [2, 3]) } },
    { shapes: [[1, 8, 12], null, null], attrs: { strides: ints([2, 1]), pads: ints([1, 0, 1, 0]) }, constants: { image: i64([2], [4, 5]), block: i64([2], [2, 2]) } },
  ],
});
