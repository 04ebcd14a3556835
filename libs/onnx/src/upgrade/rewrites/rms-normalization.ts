import { floatOr, intOr } from '../../attribute.js';
import { rootMeanSquare } from '../root-mean-square.js';
import { defineRewrite } from '../op-rewrite.js';

/** Of opset 23: y = γ·x / √(mean(x²) + ε) over the axes from `axis` on. */
export const rmsNormalization = defineRewrite({
  domain: '',
  ops: ['RMSNormalization'],
  opsets: [23, Infinity],
  rewrite: (node, context) => {
    const [x, scale] = node.inputs as [string, string];
    rootMeanSquare(context, node, { x, scale, axis: intOr(node.attrs, 'axis', -1), epsilon: floatOr(node.attrs, 'epsilon', 1e-5) });
  },
});
