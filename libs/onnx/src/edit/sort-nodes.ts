import { errors } from '../errors.js';
import type { Node } from '../graph.js';
import { readsOf } from './reads-of.js';

/**
 * The nodes in an order in which every value is made before it is read; as they stand if they already are.
 *
 * A circle is an error that names its nodes.
 */
export function sortNodes(nodes: readonly Node[]): readonly Node[] {
  const maker = new Map<string, number>();
  nodes.forEach((node, index) => { for (const output of node.outputs) if (output !== '') maker.set(output, index); });
  const needs = nodes.map((node) => [...new Set(readsOf(node).flatMap((name) => maker.get(name) ?? []))]);
  if (needs.every((makers, index) => makers.every((made) => made < index))) return nodes;

  // Depth first without recursion: a file may hold a chain longer than the stack is deep.
  const sorted: Node[] = [];
  const state = new Uint8Array(nodes.length); // 0 not seen, 1 on the path, 2 done
  for (let root = 0; root < nodes.length; root++) {
    if (state[root] !== 0) continue;
    const path: { readonly index: number; next: number }[] = [{ index: root, next: 0 }];
    state[root] = 1;
    while (path.length > 0) {
      const top = path.at(-1)!;
      const child = needs[top.index]![top.next++];
      if (child === undefined) {
        state[top.index] = 2;
        sorted.push(nodes[top.index]!);
        path.pop();
      } else if (state[child] === 1) {
        const from = path.findIndex(({ index }) => index === child);
        const circle = path.slice(from).map(({ index }) => nodes[index]!.name).reverse();
        throw errors.cycle({ nodes: circle.length > 8 ? [...circle.slice(0, 8), '…'] : circle });
      } else if (state[child] === 0) {
        state[child] = 1;
        path.push({ index: child, next: 0 });
      }
    }
  }
  return sorted;
}
