import { floatOr, intOr } from '../../attribute.js';
import { rootMeanSquare } from '../root-mean-square.js';
import { defineRewrite } from '../op-rewrite.js';

/** What ONNX Runtime calls RMSNormalization, and keeps in the standard domain. */
export const simplifiedLayerNormalization = defineRewrite({
  domain: '',
  ops: ['SimplifiedLayerNormalization'],
  rewrite: (node, context) => {
    if (context.isRead(node.outputs[1])) throw context.refuse(node, 'it gives out its statistics');
    const [x, scale] = node.inputs as [string, string];
    rootMeanSquare(context, node, { x, scale, axis: intOr(node.attrs, 'axis', -1), epsilon: floatOr(node.attrs, 'epsilon', 1e-5) });
  },
});
