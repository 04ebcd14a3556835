import { floatOr, intOr } from '../../attribute.js';
import { attentionCore, headsApart, headsTogether } from '../attention-core.js';
import { defineRewrite } from '../op-rewrite.js';

/** Of opset 23: attention over q, k, v with the heads together (3 axes) or apart (4). */
export const attention = defineRewrite({
  domain: '',
  ops: ['Attention'],
  opsets: [23, Infinity],
  rewrite: (node, context) => {
    const { refuse, isRead, dtypeOf } = context;
    const [q, k, v, mask = ''] = node.inputs as [string, string, string, string?];
    if (node.inputs.slice(4).some((name) => name !== '')) throw refuse(node, 'it keeps keys and values of earlier runs');
    if (node.outputs.slice(1).some((name) => name !== '' && isRead(name))) throw refuse(node, 'more than its result is read');
    const heads = intOr(node.attrs, 'q_num_heads', 0);
    if (intOr(node.attrs, 'kv_num_heads', heads) !== heads) throw refuse(node, 'several of its heads share their keys');
    const type = mask === '' ? undefined : dtypeOf(mask);
    if (mask !== '' && type === undefined) throw refuse(node, 'the element type of its mask cannot be told');
    const given = floatOr(node.attrs, 'scale', 0);
    const made = {
      q: heads === 0 ? q : headsApart(context, q, heads), k: heads === 0 ? k : headsApart(context, k, heads), v: heads === 0 ? v : headsApart(context, v, heads),
      scale: given === 0 ? undefined : given, causal: intOr(node.attrs, 'is_causal', 0) === 1, softcap: floatOr(node.attrs, 'softcap', 0),
      ...(mask === '' ? {} : type === 'bool' ? { mask } : { bias: mask }),
    };
    if (heads === 0) attentionCore(context, made, node.outputs[0]);
    else headsTogether(context, attentionCore(context, made), node.outputs[0]);
  },
});
