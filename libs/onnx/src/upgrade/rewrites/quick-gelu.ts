import { floatOr } from '../../attribute.js';
import { defineRewrite } from '../op-rewrite.js';

/** y = x · sigmoid(αx) */
export const quickGelu = defineRewrite({
  domain: 'com.microsoft',
  ops: ['QuickGelu'],
  rewrite: (node, { write, scalar }) => {
    const x = node.inputs[0]!;
    write('Mul', [x, write('Sigmoid', [write('Mul', [x, scalar(floatOr(node.attrs, 'alpha', 1.702), x)])])], {}, node.outputs[0]);
  },
});
