import type { Graph, ValueInfo } from '../graph.js';

/**
 * A graph that takes any number of rows: the first dimension of its inputs and outputs becomes `N`.
 *
 * A builder's shapes are numbers; whoever calls this has seen to it that no operator inside cares for the batch.
 */
export function openBatch<G extends Graph>(graph: G): G {
  const open = (value: ValueInfo): ValueInfo => ({ ...value, shape: ['N', ...value.shape!.slice(1)] });
  return { ...graph, inputs: graph.inputs.map(open), outputs: graph.outputs.map(open) };
}
