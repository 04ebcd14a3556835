import { floatOr, intOr } from '../../attribute.js';
import { attentionCore, headsApart, headsTogether } from '../attention-core.js';
import { defineRewrite } from '../op-rewrite.js';

/** Attention over q, k, v of [N, tokens, features] with their biases one after the other in one list. */
export const multiHeadAttention = defineRewrite({
  domain: 'com.microsoft',
  ops: ['MultiHeadAttention'],
  rewrite: (node, context) => {
    const { write, ints, constantOf, refuse, isRead, rankOf } = context;
    const [q, k = '', v = '', biases = '', padding = '', bias = ''] = node.inputs as [string, ...string[]];
    if (k === '' || v === '' || [k, v].some((name) => (rankOf(name) ?? 3) !== 3)) throw refuse(node, 'its keys and values do not lie apart, as [batch, tokens, features]');
    if (padding !== '' || node.inputs.slice(6).some((name) => name !== '')) throw refuse(node, 'it has a padding mask, or keeps keys and values of earlier runs');
    if (node.outputs.slice(1).some((name) => name !== '' && isRead(name))) throw refuse(node, 'more than its result is read');
    const heads = intOr(node.attrs, 'num_heads', 1);
    const known = constantOf(biases);
    if (biases !== '' && known === undefined) throw refuse(node, 'its biases are not constants');
    const width = (known?.shape[0] ?? 0) / 3;
    const part = (x: string, index: number): string => {
      const shifted = known === undefined ? x : write('Add', [x, write('Slice', [biases, ints([index * width]), ints([(index + 1) * width]), ints([0])])]);
      return headsApart(context, shifted, heads);
    };
    const scale = floatOr(node.attrs, 'scale', 0);
    const made = attentionCore(context, {
      q: part(q, 0), k: part(k, 1), v: part(v, 2), scale: scale === 0 ? undefined : scale, bias: bias === '' ? undefined : bias, causal: intOr(node.attrs, 'unidirectional', 0) === 1,
    });
    headsTogether(context, made, node.outputs[0]);
  },
});
