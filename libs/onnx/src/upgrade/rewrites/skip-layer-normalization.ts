import { float, floatOr, int } from '../../attribute.js';
import { rootMeanSquare } from '../root-mean-square.js';
import { defineRewrite } from '../op-rewrite.js';

/** The sum of a residual connection, normalised; the fourth output is the sum itself. */
export const skipLayerNormalization = defineRewrite({
  domain: 'com.microsoft',
  ops: ['SkipLayerNormalization', 'SkipSimplifiedLayerNormalization'],
  rewrite: (node, context) => {
    const { write, isRead, refuse } = context;
    const simplified = node.op !== 'SkipLayerNormalization';
    const [input, skip, gamma] = node.inputs as [string, string, string];
    const [beta, bias] = simplified ? ['', node.inputs[3] ?? ''] : [node.inputs[3] ?? '', node.inputs[4] ?? ''];
    if (node.outputs.slice(1, 3).some((name) => name !== '' && isRead(name))) throw refuse(node, 'it gives out its statistics');
    const total = node.outputs[3] ?? '';
    const name = total === '' ? undefined : total;
    const summed = bias === '' ? write('Add', [input, skip], {}, name) : write('Add', [write('Add', [input, bias]), skip], {}, name);
    const epsilon = floatOr(node.attrs, 'epsilon', 1e-12);
    if (simplified) rootMeanSquare(context, node, { x: summed, scale: gamma, axis: -1, epsilon });
    else write('LayerNormalization', [summed, gamma, ...(beta === '' ? [] : [beta])], { axis: int(-1), epsilon: float(epsilon) }, node.outputs[0]);
  },
});
