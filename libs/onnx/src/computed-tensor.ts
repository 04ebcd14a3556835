import type { TensorData } from './dtype.js';
import type { Graph } from './graph.js';
import { GraphBuilder, type Value } from './graph-builder.js';
import type { Tensor } from './tensor.js';

/** What is computed stays within what every opset from 18 to 22 has alike. */
const opset = 18;

/**
 * A constant that is made of tensors with a source, written as the nodes that make it: the runtime computes it once, when
 * it loads the file, and no weight comes into the memory of JavaScript.
 *
 * `data` does the same to the last bit for whoever asks for the numbers.
 */
export function computedTensor(build: (g: GraphBuilder) => Value, data: () => TensorData): Tensor {
  const g = new GraphBuilder({ opset });
  const value = build(g);
  return computedBy(g.build('computed', [value]), value, data);
}

/** The one output of a graph without inputs, as a constant. */
export function computedBy(graph: Graph, { dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>, data: () => TensorData): Tensor {
  return { dtype, shape, source: { kind: 'nodes', graph }, get data() { return data(); } };
}
