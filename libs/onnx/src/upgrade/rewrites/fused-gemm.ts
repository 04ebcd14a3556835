import { activated } from '../activated.js';
import { without } from '../op-change.js';
import { defineRewrite } from '../op-rewrite.js';

/** A Gemm and the activation behind it. */
export const fusedGemm = defineRewrite({
  domain: 'com.microsoft',
  ops: ['FusedGemm'],
  rewrite: (node, context) => {
    const activation = node.attrs['activation']?.type === 'string' ? node.attrs['activation'].value : '';
    const params = ['activation_alpha', 'activation_beta', 'activation_gamma'].flatMap((name) => (node.attrs[name]?.type === 'float' ? [node.attrs[name].value] : []));
    const attrs = without(node.attrs, 'activation', 'activation_alpha', 'activation_beta', 'activation_gamma');
    const gemm = context.write('Gemm', node.inputs, attrs, activation === '' ? node.outputs[0] : undefined);
    if (activation !== '') activated(context, activation, gemm, params, node.outputs[0]!);
  },
});
