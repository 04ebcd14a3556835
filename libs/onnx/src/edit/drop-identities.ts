import type { Graph, Node } from '../graph.js';
import { mapSubgraphs } from './map-subgraphs.js';
import { allNamesOf, subgraphsOf } from './names-of.js';
import { renameReads } from './rename-reads.js';

/**
 * The graph without Identity nodes: who read the copy reads the original.
 *
 * An Identity that makes a graph's output stays where the original cannot take the output's name: it is an input, a
 * constant, an output itself, or belongs to the graph around.
 */
export function dropIdentities(graph: Graph): Graph {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const inner = new Set(subgraphsOf(graph).flatMap((sub) => [...allNamesOf(sub)]));
  const reads = new Map<string, string>();
  const made = new Map<string, string>();
  const dropped = new Set<Node>();
  const original = (name: string): string => reads.get(name) ?? name;
  for (const node of graph.nodes) {
    if (node.op !== 'Identity' || node.domain !== '') continue;
    const copy = node.outputs[0]!;
    const source = original(node.inputs[0]!);
    if (inner.has(source) || inner.has(copy)) continue;
    if (!outputs.has(copy)) {
      reads.set(copy, source);
    } else {
      const maker = producers.get(source);
      if (maker === undefined || outputs.has(source) || made.has(source)) continue;
      made.set(source, copy);
    }
    dropped.add(node);
  }
  // A copy of a value that took an output's name is read under that name.
  const final = new Map([...made, ...[...reads].map(([copy, source]) => [copy, made.get(source) ?? source] as const)]);
  const nodes = graph.nodes.filter((node) => !dropped.has(node)).map((node) => {
    const renamed = final.size === 0 ? node : renameReads(node, final);
    return mapSubgraphs({ ...renamed, outputs: renamed.outputs.map((name) => made.get(name) ?? name) }, dropIdentities);
  });
  return { ...graph, nodes };
}
