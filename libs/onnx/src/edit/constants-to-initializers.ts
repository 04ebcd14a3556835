import type { Attributes } from '../attribute.js';
import type { Graph, Node } from '../graph.js';
import { f32, i64, tensor, type Tensor } from '../tensor.js';

/** The graph, its subgraphs not, with Constant nodes as initialisers, save those that are an output of the graph themselves. */
export function constantsToInitializers(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const initializers = new Map(graph.initializers);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const value = node.op === 'Constant' && node.domain === '' && !outputs.has(node.outputs[0]!) ? valueOf(node.attrs) : undefined;
    if (value === undefined) nodes.push(node);
    else initializers.set(node.outputs[0]!, value);
  }
  return { ...graph, nodes, initializers };
}

function valueOf(attrs: Attributes): Tensor | undefined {
  const attr = Object.values(attrs)[0];
  switch (attr?.type) {
    case 'tensor': return attr.value;
    case 'float': return f32([], [attr.value]);
    case 'floats': return f32([attr.value.length], attr.value);
    case 'int': return i64([], [attr.value]);
    case 'ints': return i64([attr.value.length], attr.value);
    case 'string': return tensor('string', [], [attr.value]);
    case 'strings': return tensor('string', [attr.value.length], attr.value);
    default: return undefined;
  }
}
