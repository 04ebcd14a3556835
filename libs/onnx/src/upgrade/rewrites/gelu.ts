import { defineRewrite } from '../op-rewrite.js';

/** y = ½x(1 + erf(x/√2)), of x + bias in BiasGelu. */
export const gelu = defineRewrite({
  domain: 'com.microsoft',
  ops: ['Gelu', 'BiasGelu'],
  rewrite: (node, { write, scalar }) => {
    const [input, bias = ''] = node.inputs as [string, string?];
    const x = bias === '' ? input : write('Add', [input, bias]);
    const half = write('Mul', [x, scalar(0.5, input)]);
    const erf = write('Erf', [write('Mul', [x, scalar(Math.SQRT1_2, input)])]);
    write('Mul', [half, write('Add', [erf, scalar(1, input)])], {}, node.outputs[0]);
  },
});
