import type { Graph } from '../graph.js';
import { readsOf } from './reads-of.js';

/** The graph without initialisers that nothing reads. */
export function dropUnread(graph: Graph): Graph {
  const read = new Set([...graph.nodes.flatMap(readsOf), ...graph.outputs.map((output) => output.name)]);
  return { ...graph, initializers: new Map([...graph.initializers].filter(([name]) => read.has(name))) };
}
