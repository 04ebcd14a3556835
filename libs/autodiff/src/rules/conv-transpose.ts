import { int, intOr, ints, transposeGeometry } from '@neuron-atlas/onnx';
import { biasGradient } from '../bias-gradient.js';
import { convWeightGradient } from '../conv-weight-gradient.js';
import { defineVjp } from '../rule.js';

export const convTranspose = defineVjp({
  op: 'ConvTranspose',
  since: [11, 22],
  inputs: ['x', 'w', 'b?'],
  outputs: ['y'],
  // Its gradient is the convolution with the same kernel; the kernel's is a convolution's with the roles of x and dy swapped.
  vjp: ({ g, attrs, inputs: { x, w }, outputs: { y }, grads: { y: dy } }) => {
    const geometry = transposeGeometry(attrs, x.shape.slice(2), y.shape.slice(2), w.shape.slice(2));
    const group = intOr(attrs, 'group', 1);
    return {
      x: () => g.conv(dy, w, undefined, { ...geometry, group }),
      w: () => convWeightGradient(g, { x: dy, dy: x, geometry, group }),
      b: () => biasGradient(g, dy),
    };
  },
  examples: [
    { shapes: [[2, 3, 4, 5], [3, 2, 3, 3], [2]], attrs: { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]), output_padding: ints([1, 0]) } },
    { shapes: [[2, 4, 3, 3], [4, 2, 4, 4]], attrs: { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) } },
    { shapes: [[1, 4, 4, 3], [4, 3, 2, 2]], attrs: { group: int(2), strides: ints([2, 2]) } },
    { shapes: [[1, 2, 4, 4], [2, 3, 3, 3]], attrs: { dilations: ints([2, 1]), pads: ints([1, 0, 0, 1]) } },
    { shapes: [[1, 2, 4, 4], [2, 3, 3, 3]], attrs: { strides: ints([2, 2]), output_shape: ints([8, 8]) } },
    { shapes: [[2, 3, 5], [3, 2, 3], [2]], attrs: { strides: ints([2]) } },
  ],
});
