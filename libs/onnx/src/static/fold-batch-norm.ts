import { floatOr } from '../attribute.js';
import type { Node } from '../graph.js';
import { sizeOf, tensor, type Tensor } from '../tensor.js';
import type { StaticGraph, ValueType } from './static-graph.js';

/**
 * Folds a BatchNormalization with constant statistics into the Conv before it, where nothing else reads the Conv.
 *
 * w' = w · γ / √(σ² + ε), b' = (b − μ) · γ / √(σ² + ε) + β, in float64. The value keeps the BatchNormalization's name.
 */
export function foldBatchNorm(graph: StaticGraph): StaticGraph {
  const readers = new Map<string, number>();
  for (const name of [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs]) readers.set(name, (readers.get(name) ?? 0) + 1);
  const producers = new Map(graph.nodes.map((node) => [node.outputs[0]!, node]));
  const initializers = new Map(graph.initializers);
  const types = new Map<string, ValueType>(graph.types);
  const folded = new Map<Node, Node | undefined>();

  for (const norm of graph.nodes) {
    if (norm.op !== 'BatchNormalization' || norm.domain !== '') continue;
    const conv = producers.get(norm.inputs[0]!);
    if (conv?.op !== 'Conv' || conv.domain !== '' || readers.get(conv.outputs[0]!) !== 1) continue;
    const [weights, bias, scale, shift, mean, variance] = [conv.inputs[1]!, conv.inputs[2] ?? '', ...norm.inputs.slice(1)].map((name) => initializers.get(name));
    if (weights?.dtype !== 'f32' || [scale, shift, mean, variance].some((stat) => stat?.dtype !== 'f32') || (bias === undefined && (conv.inputs[2] ?? '') !== '')) continue;
    const at = (t: Tensor | undefined, channel: number): number => (t?.data as Float32Array | undefined)?.[channel] ?? 0;
    const channels = weights.shape[0]!;
    const epsilon = floatOr(norm.attrs, 'epsilon', 1e-5);
    const factor = Array.from({ length: channels }, (_, c) => at(scale, c) / Math.sqrt(at(variance, c) + epsilon));
    const perChannel = sizeOf(weights.shape.slice(1));
    const newWeights = (weights.data as Float32Array).map((w, i) => w * factor[Math.floor(i / perChannel)]!);
    const newBias = Float32Array.from({ length: channels }, (_, c) => (at(bias, c) - at(mean, c)) * factor[c]! + at(shift, c));
    const [wName, bName] = [`${norm.outputs[0]!}/weights`, `${norm.outputs[0]!}/bias`];
    initializers.set(wName, tensor('f32', weights.shape, newWeights));
    initializers.set(bName, tensor('f32', [channels], newBias));
    for (const name of [wName, bName]) types.set(name, { dtype: 'f32', shape: initializers.get(name)!.shape });
    folded.set(conv, undefined);
    folded.set(norm, { ...conv, inputs: [conv.inputs[0]!, wName, bName], outputs: [norm.outputs[0]!] });
  }

  const nodes = graph.nodes.flatMap((node) => (folded.has(node) ? folded.get(node) ?? [] : [node]));
  const read = new Set(nodes.flatMap((node) => node.inputs));
  return { ...graph, nodes, types, initializers: new Map([...initializers].filter(([name]) => read.has(name) || graph.outputs.includes(name))) };
}
