import type { Node } from '../graph.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { errors } from '../errors.js';
import { sameShape } from '../graph-builder.js';
import type { StaticGraph } from './static-graph.js';

/**
 * Adopts a static graph's nodes and constants into a builder, `input` in the place of the graph's own input.
 *
 * Names are kept where they are free. Gives the builder's value for each name of the static graph.
 */
export function graft(g: GraphBuilder, graph: StaticGraph, input: Value): (name: string) => Value {
  if (!sameShape(input.shape, graph.input.shape) || input.dtype !== graph.input.dtype) {
    throw errors.shapeMismatch({ op: 'graft', detail: `${input.name} is ${input.dtype}[${input.shape}], the graph wants ${graph.input.dtype}[${graph.input.shape}]` });
  }
  const names = new Map([[graph.input.name, input.name]]);
  const free = (name: string): string => {
    let candidate = name;
    for (let i = 1; g.taken(candidate); i++) candidate = `model${i}/${name}`;
    names.set(name, candidate);
    return candidate;
  };
  for (const [name, constant] of graph.initializers) g.constant(constant, free(name));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => (name === '' ? '' : names.get(name) ?? name));
    const outputs = node.outputs.map((name) => (name === '' ? '' : free(name)));
    const adopted: Node = { ...node, inputs, outputs };
    g.adopt(adopted, node.outputs.flatMap((name, i) => (name === '' ? [] : [{ name: outputs[i]!, ...graph.types.get(name)! }])));
  }
  return (name) => {
    const value = g.value(names.get(name) ?? name);
    if (value === undefined) throw errors.noSuchValue({ name, known: graph.outputs });
    return value;
  };
}
