import type { Graph, Model } from '@neuron-atlas/onnx';
import { highestOpset, lowestOpset } from '@neuron-atlas/autodiff';

/** Throws unless a model has operators of ai.onnx alone, in every subgraph, an opset that the rules know, and no functions. */
export function assertStandard(model: Model): void {
  const opset = model.opsets.get('');
  if (opset === undefined || opset < lowestOpset || opset > highestOpset) throw new Error(`opset ${opset} is not within ${lowestOpset} to ${highestOpset}`);
  if (model.functions.length > 0) throw new Error(`the model has functions: ${model.functions.map(({ name }) => name).join(', ')}`);
  const visit = (graph: Graph): void => {
    for (const node of graph.nodes) {
      if (node.domain !== '' && node.domain !== 'ai.onnx') throw new Error(`node ${node.name} is ${node.domain}:${node.op}`);
      for (const attr of Object.values(node.attrs)) if (attr.type === 'graph') visit(attr.value);
    }
  };
  visit(model.graph);
}
