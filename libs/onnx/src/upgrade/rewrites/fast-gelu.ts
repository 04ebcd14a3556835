import { defineRewrite } from '../op-rewrite.js';

/** y = ½x(1 + tanh(√(2/π)(x + 0.044715x³))), of x + bias where there is one. */
export const fastGelu = defineRewrite({
  domain: 'com.microsoft',
  ops: ['FastGelu'],
  rewrite: (node, { write, scalar }) => {
    const [input, bias = ''] = node.inputs as [string, string?];
    const x = bias === '' ? input : write('Add', [input, bias]);
    const c = Math.sqrt(2 / Math.PI);
    const slope = write('Add', [write('Mul', [write('Mul', [x, x]), scalar(0.044715 * c, input)]), scalar(c, input)]);
    const tanh = write('Tanh', [write('Mul', [x, slope])]);
    write('Mul', [write('Mul', [x, scalar(0.5, input)]), write('Add', [tanh, scalar(1, input)])], {}, node.outputs[0]);
  },
});
