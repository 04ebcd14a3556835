import { readsOf } from '../edit/reads-of.js';
import { errors } from '../errors.js';
import type { Graph, Node } from '../graph.js';

/** The nodes that `outputs` are made from, in the graph's order. A name that the graph does not make is an error. */
export function ancestors(graph: Graph, outputs: readonly string[]): readonly Node[] {
  const made = new Set(graph.nodes.flatMap((node) => node.outputs));
  for (const name of outputs) if (!made.has(name)) throw errors.noSuchValue({ name, known: [...made].slice(-8) });
  const wanted = new Set(outputs);
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    kept.push(node);
    for (const name of readsOf(node)) wanted.add(name);
  }
  return kept.reverse();
}
