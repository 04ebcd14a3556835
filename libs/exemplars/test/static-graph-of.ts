import { type GraphBuilder, type StaticGraph, type Value, type ValueType } from '@neuron-atlas/onnx';

/** What a builder has made so far, as a graph cut at some of its values. */
export function staticGraphOf(g: GraphBuilder, input: Value, outputs: readonly Value[]): StaticGraph {
  const { initializers } = g.build('test', outputs);
  const types = new Map<string, ValueType>([[input.name, input]]);
  for (const [name, { dtype, shape }] of initializers) types.set(name, { dtype, shape });
  for (const node of g.nodes) for (const name of node.outputs) types.set(name, g.value(name)!);
  return { opset: g.opset, input, nodes: g.nodes, initializers, types, outputs: outputs.map(({ name }) => name) };
}
