import { activated } from '../activated.js';
import { without } from '../op-change.js';
import { defineRewrite } from '../op-rewrite.js';

/** A convolution, a sum and an activation that ONNX Runtime's optimiser has put together. */
export const fusedConv = defineRewrite({
  domain: 'com.microsoft',
  ops: ['FusedConv'],
  rewrite: (node, context) => {
    const [x, w, bias = '', sum = ''] = node.inputs as [string, string, string?, string?];
    const activation = node.attrs['activation']?.type === 'string' ? node.attrs['activation'].value : '';
    const params = node.attrs['activation_params']?.type === 'floats' ? node.attrs['activation_params'].value : [];
    const last = activation === '' ? node.outputs[0] : undefined;
    const conv = context.write('Conv', [x, w, ...(bias === '' ? [] : [bias])], without(node.attrs, 'activation', 'activation_params'), sum === '' ? last : undefined);
    const total = sum === '' ? conv : context.write('Add', [conv, sum], {}, last);
    if (activation !== '') activated(context, activation, total, params, node.outputs[0]!);
  },
});
