import type { Graph, Node } from '../graph.js';

/** The names of all values that a node reads, those that its subgraphs take from outside included. */
export function readsOf(node: Node): readonly string[] {
  const reads = node.inputs.filter((name) => name !== '');
  for (const attr of Object.values(node.attrs)) if (attr.type === 'graph') reads.push(...capturesOf(attr.value));
  return reads;
}

/** The names that a subgraph reads and does not make itself. */
export function capturesOf(graph: Graph): readonly string[] {
  const inside = new Set([...graph.inputs.map((input) => input.name), ...graph.initializers.keys(), ...graph.nodes.flatMap((node) => node.outputs)]);
  const captured = new Set<string>();
  for (const node of graph.nodes) for (const name of readsOf(node)) if (!inside.has(name)) captured.add(name);
  for (const output of graph.outputs) if (!inside.has(output.name)) captured.add(output.name);
  return [...captured];
}
