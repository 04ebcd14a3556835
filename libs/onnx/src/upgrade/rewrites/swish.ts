import { floatOr } from '../../attribute.js';
import { defineRewrite } from '../op-rewrite.js';

/** Of opset 24: y = x · sigmoid(αx). */
export const swish = defineRewrite({
  domain: '',
  ops: ['Swish'],
  opsets: [24, Infinity],
  rewrite: (node, { write, scalar }) => {
    const x = node.inputs[0]!;
    const alpha = floatOr(node.attrs, 'alpha', 1);
    write('Mul', [x, write('Sigmoid', [alpha === 1 ? x : write('Mul', [x, scalar(alpha, x)])])], {}, node.outputs[0]);
  },
});
