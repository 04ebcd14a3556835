import type { Node } from '../graph.js';
import type { RewriteContext } from './op-rewrite.js';

interface Normalisation { readonly x: string; readonly scale: string; readonly axis: number; readonly epsilon: number }

/** Writes γ·x / √(mean(x²) + ε) over the axes from `axis` on, as the first value of a node. */
export function rootMeanSquare({ write, scalar, ints, rankOf, refuse }: RewriteContext, node: Node, { x, scale, axis, epsilon }: Normalisation): void {
  const rank = rankOf(x);
  if (axis >= 0 && rank === undefined) throw refuse(node, `its axes are counted from the front (${axis}), and how many there are cannot be told`);
  const count = axis < 0 ? -axis : rank! - axis;
  const mean = write('ReduceMean', [write('Mul', [x, x]), ints(Array.from({ length: count }, (_, i) => i - count))]);
  const root = write('Sqrt', [write('Add', [mean, scalar(epsilon, x)])]);
  write('Mul', [write('Div', [x, root]), scale], {}, node.outputs[0]);
}
