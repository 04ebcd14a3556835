import { intOr } from '../attribute.js';
import { readsOf } from '../edit/reads-of.js';
import type { Model, Node } from '../graph.js';
import { upgradeOpset } from '../upgrade/upgrade-opset.js';
import { constantShapes } from './constant-shapes.js';
import { layerIds } from './layer-ids.js';
import { withTokenLayers } from './token-layers.js';

/** A place in the graph that carries units: channels of a convolution, neurons or token features of a dense layer, features of a residual stream, attention heads. */
export interface Layer {
  /** Stable, unique in the model, of letters, digits, `.`, `_` and `-`. */
  readonly id: string;
  /** The value just before the nonlinearity: behind batch normalisation and bias. */
  readonly tensor: string;
  readonly op: string;
  /** Name of the node that holds the weights. */
  readonly node: string;
  readonly site: 'pre' | 'post';
  readonly units: number;
  /** Where the units lie in the tensor's shape: 1 behind the batch, or last of all. */
  readonly axis: 1 | -1;
  readonly kind: LayerKind;
  /** Name of the weights; empty for a stream and for heads, which have none. */
  readonly weights: string;
}

/** `stream`: what a residual sum carries on; `head`: what an attention head writes, before heads are mixed. */
export type LayerKind = 'channel' | 'feature' | 'stream' | 'head';

/**
 * The layers of a model in the graph's order, by the names of the upgraded model: every Conv, Gemm and MatMul with constant
 * weights, and, where the static shapes of its values are given, the residual streams and attention heads of transformers.
 */
export function findLayers(model: Model, shapes?: ReadonlyMap<string, readonly number[]>): readonly Layer[] {
  const { graph } = upgradeOpset(model);
  const constants = constantShapes(graph);
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const name of new Set(readsOf(node))) {
      const known = readers.get(name);
      if (known === undefined) readers.set(name, [node]);
      else known.push(node);
    }
  }
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const found: Omit<Layer, 'id'>[] = [];
  for (const node of graph.nodes) {
    const units = unitsOf(node, constants);
    if (units === undefined) continue;
    found.push({ tensor: beforeNonlinearity(node, units, { readers, constants, outputs }), op: node.op, node: node.name, site: 'pre', units, axis: node.op === 'Conv' ? 1 : -1, kind: node.op === 'Conv' ? 'channel' : 'feature', weights: node.inputs[1]! });
  }
  const ids = layerIds(found);
  const weighted = found.map((layer, i) => ({ id: ids[i]!, ...layer }));
  return shapes === undefined ? weighted : withTokenLayers(graph, weighted, shapes);
}

type Shapes = ReadonlyMap<string, readonly number[]>;

function unitsOf(node: Node, constants: Shapes): number | undefined {
  if (node.domain !== '' || constants.has(node.inputs[0] ?? '')) return undefined;
  const weights = constants.get(node.inputs[1] ?? '');
  if (weights === undefined) return undefined;
  if (node.op === 'Conv' && weights.length > 2) return weights[0];
  if (node.op === 'Gemm' && weights.length === 2) return weights[intOr(node.attrs, 'transB', 0) === 1 ? 0 : 1];
  if (node.op === 'MatMul' && weights.length === 2) return weights[1];
  return undefined;
}

/** Follows what changes each channel by itself, as long as nothing else reads the value on the way. */
function beforeNonlinearity(layer: Node, units: number, graph: { readonly readers: ReadonlyMap<string, readonly Node[]>; readonly constants: Shapes; readonly outputs: ReadonlySet<string> }): string {
  // Channels of a convolution come before its spatial axes, features of a dense layer come last.
  const behind = layer.op === 'Conv' ? graph.constants.get(layer.inputs[1]!)!.length - 2 : 0;
  let name = layer.outputs[0]!;
  for (;;) {
    const [next, ...others] = graph.readers.get(name) ?? [];
    if (next === undefined || others.length > 0 || graph.outputs.has(name) || !perChannel(next, name, units, behind, graph.constants)) return name;
    name = next.outputs[0]!;
  }
}

function perChannel(node: Node, name: string, units: number, behind: number, constants: Shapes): boolean {
  if (node.domain !== '') return false;
  if (node.op === 'BatchNormalization') return node.inputs[0] === name && node.inputs.slice(1).every((stat) => constants.has(stat));
  const swaps = node.op === 'Add' || node.op === 'Mul';
  if (!swaps && !((node.op === 'Sub' || node.op === 'Div') && node.inputs[0] === name)) return false;
  const other = constants.get(node.inputs.find((input) => input !== name) ?? '');
  return other !== undefined && other.length > behind && other.every((dim, axis) => dim === (axis === other.length - 1 - behind ? units : 1));
}
