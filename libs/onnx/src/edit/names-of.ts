import type { Graph } from '../graph.js';

/** The names of the values that a graph makes or is given, without those of its subgraphs. */
export const namesOf = (graph: Graph): Set<string> =>
  new Set([...graph.inputs.map((input) => input.name), ...graph.initializers.keys(), ...graph.nodes.flatMap((node) => node.outputs)].filter((name) => name !== ''));

/** The names of all values in a graph and in every subgraph of it. */
export function allNamesOf(graph: Graph): Set<string> {
  const names = namesOf(graph);
  for (const inner of subgraphsOf(graph)) for (const name of allNamesOf(inner)) names.add(name);
  return names;
}

/** The graphs in the attributes of a graph's nodes. */
export const subgraphsOf = (graph: Graph): readonly Graph[] =>
  graph.nodes.flatMap((node) => Object.values(node.attrs).flatMap((attr) => (attr.type === 'graph' ? [attr.value] : [])));
