import type { Graph, Node, ValueInfo } from '../graph.js';
import type { Tensor } from '../tensor.js';
import { mapSubgraphs } from './map-subgraphs.js';
import { allNamesOf, subgraphsOf } from './names-of.js';
import { renameAll } from './rename-reads.js';

/**
 * The graph with constants that are computed from others as the nodes that compute them, in subgraphs too; itself where there are none.
 *
 * What they come to is declared: who reads the file sees the shapes of all weights without running it.
 */
export function spellOut(graph: Graph): Graph {
  return hasComputed(graph) ? spelledOut(graph, allNamesOf(graph)) : graph;
}

function spelledOut(graph: Graph, taken: Set<string>): Graph {
  const initializers = new Map<string, Tensor>();
  const nodes: Node[] = [];
  const declared: ValueInfo[] = [...graph.declared ?? []];
  const place = (name: string, value: Tensor): void => {
    if (value.source?.kind !== 'nodes') {
      initializers.set(name, value);
      return;
    }
    const { source: { graph: inner }, dtype, shape } = value;
    declared.push({ name, dtype, shape });
    const names = new Map([[inner.outputs[0]!.name, name]]);
    const rename = (own: string): string => {
      const known = names.get(own);
      if (known !== undefined) return known;
      let made = `${name}/${own}`;
      for (let count = 2; taken.has(made); count++) made = `${name}/${own}_${count}`;
      taken.add(made);
      names.set(own, made);
      return made;
    };
    for (const [key, constant] of inner.initializers) place(rename(key), constant);
    for (const node of inner.nodes) nodes.push({ ...renameAll(node, rename), name: `${name}/${node.name}` });
  };
  for (const [name, value] of graph.initializers) place(name, value);
  return { ...graph, declared, initializers, nodes: [...nodes, ...graph.nodes].map((node) => mapSubgraphs(node, (inner) => (hasComputed(inner) ? spelledOut(inner, taken) : inner))) };
}

function hasComputed(graph: Graph): boolean {
  for (const { source } of graph.initializers.values()) if (source?.kind === 'nodes') return true;
  return subgraphsOf(graph).some(hasComputed);
}
