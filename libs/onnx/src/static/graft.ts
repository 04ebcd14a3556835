import { renameAll } from '../edit/rename-reads.js';
import { errors } from '../errors.js';
import { type GraphBuilder, sameShape, type Value } from '../graph-builder.js';
import type { StaticGraph } from './static-graph.js';

/**
 * Adopts a static graph's nodes and constants into a builder, `input` in the place of the graph's own input.
 *
 * Names are kept behind `prefix` where they are free, else prefixed `model1/`, `model2/`, … too. Gives the builder's value for each name of the
 * static graph.
 */
export function graft(g: GraphBuilder, graph: StaticGraph, input: Value, prefix = ''): (name: string) => Value {
  if (!sameShape(input.shape, graph.input.shape) || input.dtype !== graph.input.dtype) {
    throw errors.shapeMismatch({ op: 'graft', detail: `${input.name} is ${input.dtype}[${input.shape}], the graph wants ${graph.input.dtype}[${graph.input.shape}]` });
  }
  const names = new Map([[graph.input.name, input.name]]);
  const place = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    let candidate = prefix + name;
    for (let i = 1; g.taken(candidate); i++) candidate = `model${i}/${prefix}${name}`;
    names.set(name, candidate);
    return candidate;
  };
  for (const [name, constant] of graph.initializers) g.constant(constant, place(name));
  for (const node of graph.nodes) {
    const adopted = renameAll(node, place);
    const made = node.outputs.findIndex((name) => name !== '');
    // A node goes by the prefix of what it makes, so that a graph grafted twice still has names of its own.
    const before = adopted.outputs[made]!.slice(0, -node.outputs[made]!.length);
    g.adopt({ ...adopted, name: before + node.name }, node.outputs.flatMap((name, i) => (name === '' ? [] : [{ name: adopted.outputs[i]!, ...graph.types.get(name)! }])));
  }
  return (name) => {
    const value = names.has(name) ? g.value(names.get(name)!) : undefined;
    if (value === undefined) throw errors.noSuchValue({ name, known: graph.outputs });
    return value;
  };
}
