import { readsOf } from '../edit/reads-of.js';
import { errors } from '../errors.js';
import type { Graph, Node } from '../graph.js';

/** The nodes that `outputs` are made from, in the graph's order. A name that the graph does not make is an error. */
export function ancestors(graph: Graph, outputs: readonly string[]): readonly Node[] {
  const made = new Set(graph.nodes.flatMap((node) => node.outputs));
  for (const name of outputs) if (!made.has(name)) throw errors.noSuchValue({ name, known: nearest(name, made) });
  return ancestorsOf(graph.nodes, outputs);
}

/** The nodes of a list that some of its values are made from, in the list's order. */
export function ancestorsOf(nodes: readonly Node[], outputs: readonly string[]): readonly Node[] {
  const wanted = new Set(outputs);
  const kept: Node[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    kept.push(node);
    for (const name of readsOf(node)) wanted.add(name);
  }
  return kept.reverse();
}

/** Names that share the longest beginning with the one asked for. */
function nearest(name: string, made: ReadonlySet<string>): readonly string[] {
  const shared = (other: string): number => {
    let length = 0;
    while (length < name.length && name[length] === other[length]) length++;
    return length;
  };
  return [...made].filter((other) => other !== '').sort((a, b) => shared(b) - shared(a)).slice(0, 6);
}
