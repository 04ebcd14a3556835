import { int, intOr } from '../../attribute.js';
import { headsApart, headsTogether } from '../attention-core.js';
import { defineRewrite } from '../op-rewrite.js';

/**
 * Of opset 23: pairs of features turned by an angle that grows with the token's place, (a, b) ↦ (a·cos − b·sin, a·sin + b·cos).
 *
 * A pair is a feature of the first half and its like of the second, or two neighbours (`interleaved`). Heads lie apart, or together
 * with their number given.
 */
export const rotaryEmbedding = defineRewrite({
  domain: '',
  ops: ['RotaryEmbedding'],
  opsets: [23, Infinity],
  rewrite: (node, context) => {
    const { write, ints: list, rankOf, refuse } = context;
    const [x, cosines, sines, places = ''] = node.inputs as [string, string, string, string?];
    if (intOr(node.attrs, 'rotary_embedding_dim', 0) !== 0) throw refuse(node, 'it turns a part of the features only');
    const [heads, rank] = [intOr(node.attrs, 'num_heads', 0), rankOf(x)];
    if (heads === 0 && rank !== 4) throw refuse(node, 'it cannot be told where its heads lie');
    const apart = rank === 4 ? x : headsApart(context, x, heads);
    const neighbours = intOr(node.attrs, 'interleaved', 0) === 1;
    // [N, tokens, pairs], for all heads; with a last axis more where the two of a pair are neighbours.
    const table = (values: string): string => write('Unsqueeze', [places === '' ? values : write('Gather', [values, places]), list(neighbours ? [1, 4] : [1])]);
    const [a, b] = [0, 1].map((half) => part(half)) as [string, string];
    const [cos, sin] = [table(cosines), table(sines)];
    const first = write('Sub', [write('Mul', [a, cos]), write('Mul', [b, sin])]);
    const second = write('Add', [write('Mul', [a, sin]), write('Mul', [b, cos])]);
    const output = rank === 4 ? node.outputs[0] : undefined;
    const turned = neighbours
      ? write('Reshape', [write('Concat', [first, second], { axis: int(-1) }), list([0, 0, 0, -1])], {}, output)
      : write('Concat', [first, second], { axis: int(-1) }, output);
    if (rank !== 4) headsTogether(context, turned, node.outputs[0]);

    /** The first or the second of every pair. */
    function part(half: number): string {
      if (neighbours) return write('Slice', [write('Reshape', [apart, list([0, 0, 0, -1, 2])]), list([half]), list([half + 1]), list([4])]);
      // Two rows of half the features each: how many there are need not be known.
      const rows = write('Reshape', [apart, list([0, 0, 0, 2, -1])]);
      return write('Squeeze', [write('Slice', [rows, list([half]), list([half + 1]), list([3])]), list([3])]);
    }
  },
});
