import { floatOr, intOr, ints } from '../../attribute.js';
import { defineRewrite } from '../op-rewrite.js';

/** α · A·B, each turned first where its flag says so: the last two axes, or the last with those of the batch. */
export const fusedMatMul = defineRewrite({
  domain: 'com.microsoft',
  ops: ['FusedMatMul', 'TransposeMatMul'],
  rewrite: (node, { write, scalar, rankOf, refuse }) => {
    const turned = (name: string, side: 'A' | 'B'): string => {
      const last = intOr(node.attrs, `trans${side}`, 0) === 1;
      const batch = intOr(node.attrs, `transBatch${side}`, 0) === 1;
      if (!last && !batch) return name;
      const rank = rankOf(name);
      if (rank === undefined) throw refuse(node, `how many axes its input ${name} has cannot be told`);
      const axes = Array.from({ length: rank }, (_, axis) => axis);
      // The first axis of the rows goes behind the batch, before the columns.
      const moved = batch ? [...axes.slice(1, -1), 0, rank - 1] : axes;
      const perm = last ? [...moved.slice(0, -2), moved.at(-1)!, moved.at(-2)!] : moved;
      return rank < 2 ? name : write('Transpose', [name], { perm: ints(perm) });
    };
    const [a, b] = node.inputs as [string, string];
    const alpha = floatOr(node.attrs, 'alpha', 1);
    const [x, y] = [turned(a, 'A'), turned(b, 'B')];
    if (alpha === 1) write('MatMul', [x, y], {}, node.outputs[0]);
    else write('Mul', [write('MatMul', [x, y]), scalar(alpha, a)], {}, node.outputs[0]);
  },
});
