import { readsOf } from '../edit/reads-of.js';
import type { Node } from '../graph.js';

/** Operators that give another result every time. */
const random = new Set(['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Multinomial', 'Bernoulli']);

/**
 * The names of the values that change with the content of `input`; all others are constants once its shape is fixed.
 *
 * The shape of a value is a number here, whatever the value is.
 */
export function movingValues(nodes: readonly Node[], input: string): ReadonlySet<string> {
  const moving = new Set([input]);
  for (const node of nodes) {
    if (node.domain === '' && (node.op === 'Shape' || node.op === 'Size')) continue;
    const moves = (node.domain === '' && random.has(node.op)) || readsOf(node).some((name) => moving.has(name));
    if (moves) for (const name of node.outputs) if (name !== '') moving.add(name);
  }
  return moving;
}
