import type { Attribute } from '../attribute.js';
import type { Graph, Node } from '../graph.js';

/** The node with each of its subgraphs replaced; the node itself where it has none. */
export function mapSubgraphs(node: Node, change: (graph: Graph) => Graph): Node {
  const attrs = Object.entries(node.attrs);
  if (!attrs.some(([, attr]) => attr.type === 'graph')) return node;
  return { ...node, attrs: Object.fromEntries(attrs.map(([key, attr]): [string, Attribute] => [key, attr.type === 'graph' ? { type: 'graph', value: change(attr.value) } : attr])) };
}
