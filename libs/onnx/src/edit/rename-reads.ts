import type { Attribute } from '../attribute.js';
import type { Graph, Node } from '../graph.js';
import { namesOf } from './names-of.js';

/** The node reading other values: in its inputs, and in its subgraphs where those have no value of that name themselves. */
export function renameReads(node: Node, names: ReadonlyMap<string, string>): Node {
  const rename = (name: string): string => names.get(name) ?? name;
  const attrs = Object.entries(node.attrs).map(([key, attr]): [string, Attribute] =>
    [key, attr.type === 'graph' ? { type: 'graph', value: renameCaptures(attr.value, names) } : attr]);
  return { ...node, inputs: node.inputs.map(rename), attrs: Object.fromEntries(attrs) };
}

function renameCaptures(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const own = namesOf(graph);
  const outer = new Map([...names].filter(([name]) => !own.has(name)));
  if (outer.size === 0) return graph;
  return {
    ...graph,
    nodes: graph.nodes.map((node) => renameReads(node, outer)),
    outputs: graph.outputs.map((output) => ({ ...output, name: outer.get(output.name) ?? output.name })),
  };
}

/** The node with every value renamed, read or made, those of its subgraphs included. */
export function renameAll(node: Node, rename: (name: string) => string): Node {
  const of = (name: string): string => (name === '' ? '' : rename(name));
  const attrs = Object.entries(node.attrs).map(([key, attr]): [string, Attribute] => {
    if (attr.type !== 'graph') return [key, attr];
    const graph = attr.value;
    return [key, { type: 'graph', value: {
      name: graph.name,
      nodes: graph.nodes.map((inner) => renameAll(inner, rename)),
      inputs: graph.inputs.map((input) => ({ ...input, name: of(input.name) })),
      outputs: graph.outputs.map((output) => ({ ...output, name: of(output.name) })),
      initializers: new Map([...graph.initializers].map(([name, tensor]) => [of(name), tensor])),
    } }];
  });
  return { ...node, inputs: node.inputs.map(of), outputs: node.outputs.map(of), attrs: Object.fromEntries(attrs) };
}
