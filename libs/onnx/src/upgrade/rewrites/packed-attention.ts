import { floatOr, intOr } from '../../attribute.js';
import { attentionCore, headsApart, headsTogether } from '../attention-core.js';
import { defineRewrite } from '../op-rewrite.js';

/** Attention of ONNX Runtime's transformer optimiser: one product with the weights of q, k and v side by side. */
export const packedAttention = defineRewrite({
  domain: 'com.microsoft',
  ops: ['Attention'],
  rewrite: (node, context) => {
    const { write, ints, constantOf, refuse, isRead } = context;
    const [x, weights, biases = '', mask = '', past = '', bias = ''] = node.inputs as [string, string, ...string[]];
    if (mask !== '' || past !== '' || node.inputs.slice(6).some((name) => name !== '')) throw refuse(node, 'it has a mask, or keeps keys and values of earlier runs');
    if (intOr(node.attrs, 'do_rotary', 0) === 1) throw refuse(node, 'it turns its features by their position');
    if (node.outputs.slice(1).some((name) => name !== '' && isRead(name))) throw refuse(node, 'more than its result is read');
    const known = constantOf(weights);
    if (known === undefined) throw refuse(node, 'its weights are not constants');
    const listed = node.attrs['qkv_hidden_sizes'];
    const sizes = listed?.type === 'ints' && listed.value.length === 3 ? listed.value : [0, 1, 2].map(() => known.shape[1]! / 3);
    const product = write('MatMul', [x, weights]);
    const all = biases === '' ? product : write('Add', [product, biases]);
    const heads = intOr(node.attrs, 'num_heads', 1);
    const part = (index: number): string => {
      const start = sizes.slice(0, index).reduce((a, b) => a + b, 0);
      return headsApart(context, write('Slice', [all, ints([start]), ints([start + sizes[index]!]), ints([2])]), heads);
    };
    const scale = floatOr(node.attrs, 'scale', 0);
    const made = attentionCore(context, {
      q: part(0), k: part(1), v: part(2), scale: scale === 0 ? undefined : scale, bias: bias === '' ? undefined : bias, causal: intOr(node.attrs, 'unidirectional', 0) === 1,
    });
    headsTogether(context, made, node.outputs[0]);
  },
});
