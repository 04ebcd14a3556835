import { floatOr } from '../attribute.js';
import { computedTensor } from '../computed-tensor.js';
import { readsOf } from '../edit/reads-of.js';
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
  for (const name of [...graph.nodes.flatMap(readsOf), ...graph.outputs]) readers.set(name, (readers.get(name) ?? 0) + 1);
  const producers = new Map(graph.nodes.map((node) => [node.outputs[0]!, node]));
  const initializers = new Map(graph.initializers);
  const types = new Map<string, ValueType>(graph.types);
  const replaced = new Map<Node, Node | undefined>();
  const constant = (name: string, value: Tensor): string => {
    let free = name;
    for (let count = 2; types.has(free); count++) free = `${name}_${count}`;
    initializers.set(free, value);
    types.set(free, { dtype: value.dtype, shape: value.shape });
    return free;
  };

  for (const norm of graph.nodes) {
    const conv = producers.get(norm.inputs[0] ?? '');
    if (norm.op !== 'BatchNormalization' || norm.domain !== '' || conv?.op !== 'Conv' || conv.domain !== '' || readers.get(conv.outputs[0]!) !== 1) continue;
    const folded = fold(conv, norm, initializers);
    if (folded === undefined) continue;
    const made = norm.outputs[0]!;
    replaced.set(conv, undefined);
    replaced.set(norm, { ...conv, inputs: [conv.inputs[0]!, constant(`${made}/weights`, folded.weights), constant(`${made}/bias`, folded.bias)], outputs: [made] });
    types.delete(conv.outputs[0]!);
  }

  const nodes = graph.nodes.flatMap((node) => (replaced.has(node) ? replaced.get(node) ?? [] : [node]));
  const read = new Set([...nodes.flatMap(readsOf), ...graph.outputs]);
  for (const name of initializers.keys()) if (!read.has(name)) types.delete(name);
  return { ...graph, nodes, types, initializers: new Map([...initializers].filter(([name]) => read.has(name))) };
}

/** Weights and bias of the two as one; undefined where a part of them is not a constant of float32. */
function fold(conv: Node, norm: Node, initializers: ReadonlyMap<string, Tensor>): { readonly weights: Tensor; readonly bias: Tensor } | undefined {
  const floats = (name: string | undefined): Tensor | undefined => {
    const value = initializers.get(name ?? '');
    return value?.dtype === 'f32' ? value : undefined;
  };
  const weights = floats(conv.inputs[1]);
  const biased = (conv.inputs[2] ?? '') !== '';
  const [bias, scale, shift, mean, variance] = [conv.inputs[2], ...norm.inputs.slice(1)].map((name) => floats(name)?.data as Float32Array | undefined);
  if (!weights || !scale || !shift || !mean || !variance || (biased && !bias)) return undefined;
  const channels = weights.shape[0]!;
  const epsilon = floatOr(norm.attrs, 'epsilon', 1e-5);
  const factor = Float64Array.from({ length: channels }, (_, c) => scale[c]! / Math.sqrt(variance[c]! + epsilon));
  return {
    weights: scaled(weights, factor),
    bias: tensor('f32', [channels], Float32Array.from({ length: channels }, (_, c) => ((bias?.[c] ?? 0) - mean[c]!) * factor[c]! + shift[c]!)),
  };
}

/** A factor for each output channel. */
function scaled(weights: Tensor, factor: Float64Array): Tensor {
  const perChannel = sizeOf(weights.shape.slice(1));
  const data = (): Float32Array => (weights.data as Float32Array).map((w, i) => w * factor[Math.floor(i / perChannel)]!);
  if (weights.source === undefined) return tensor('f32', weights.shape, data());
  const column = tensor('f64', weights.shape.map((dim, axis) => (axis === 0 ? dim : 1)), factor);
  return computedTensor((g) => g.cast(g.mul(g.cast(g.constant(weights), 'f64'), g.constant(column)), 'f32'), data);
}
