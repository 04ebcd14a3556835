import { intOr } from '../attribute.js';
import type { Model, Node } from '../graph.js';
import { sizeOf, type Tensor } from '../tensor.js';
import { layerIds } from './layer-ids.js';

/** A place in the graph that carries units: channels of a convolution, neurons of a dense layer. */
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
  /** Name of the weights. */
  readonly weights: string;
}

/** The layers of an upgraded model in the graph's order: every Conv, Gemm and MatMul with constant weights. */
export function findLayers(model: Model): readonly Layer[] {
  const { nodes, initializers } = model.graph;
  const constants = constantValues(model);
  const readers = new Map<string, Node[]>();
  for (const node of nodes) for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  const found: Omit<Layer, 'id'>[] = [];
  for (const node of nodes) {
    const units = unitsOf(node, constants);
    if (units === undefined) continue;
    found.push({ tensor: beforeNonlinearity(node, units, readers, initializers, outputs), op: node.op, node: node.name, site: 'pre', units, weights: node.inputs[1]! });
  }
  const ids = layerIds(found);
  return found.map((layer, i) => ({ id: ids[i]!, ...layer }));
}

/** Whether all that reads the value is a rectifier: the unit then counts only where it is above zero. */
export function followedByRelu(model: Model, tensor: string): boolean {
  const readers = model.graph.nodes.filter((node) => node.inputs.includes(tensor));
  return readers.length > 0 && readers.every((node) => node.domain === '' && (node.op === 'Relu' || node.op === 'Clip'));
}

/** Shapes of values that are constant by the file: initialisers, and reshapes, transposes and casts of them. */
function constantValues(model: Model): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>([...model.graph.initializers].map(([name, { shape }]) => [name, shape]));
  for (const node of model.graph.nodes) {
    const x = shapes.get(node.inputs[0] ?? '');
    if (x === undefined || !node.inputs.every((name) => name === '' || shapes.has(name))) continue;
    if (node.op === 'Reshape') {
      const target = model.graph.initializers.get(node.inputs[1]!);
      if (target === undefined) continue;
      const dims = Array.from(target.data as BigInt64Array, Number);
      const known = dims.reduce((product, dim, i) => product * (dim === -1 ? 1 : dim === 0 ? x[i]! : dim), 1);
      shapes.set(node.outputs[0]!, dims.map((dim, i) => (dim === -1 ? sizeOf(x) / known : dim === 0 ? x[i]! : dim)));
    } else if (node.op === 'Transpose') {
      const perm = node.attrs['perm']?.type === 'ints' ? node.attrs['perm'].value : x.map((_, i) => x.length - 1 - i);
      shapes.set(node.outputs[0]!, perm.map((axis) => x[axis]!));
    } else if (node.op === 'Cast' || node.op === 'Identity' || node.op === 'DequantizeLinear') shapes.set(node.outputs[0]!, x);
  }
  return shapes;
}

function unitsOf(node: Node, constants: ReadonlyMap<string, readonly number[]>): number | undefined {
  if (node.domain !== '' || constants.has(node.inputs[0] ?? '')) return undefined;
  const weights = constants.get(node.inputs[1] ?? '');
  if (weights === undefined) return undefined;
  if (node.op === 'Conv') return weights[0];
  if (node.op === 'Gemm') return weights[intOr(node.attrs, 'transB', 0) === 1 ? 0 : 1];
  if (node.op === 'MatMul' && weights.length === 2) return weights[1];
  return undefined;
}

/** Follows what changes each channel by itself, as long as nothing else reads the value on the way. */
function beforeNonlinearity(node: Node, units: number, readers: ReadonlyMap<string, readonly Node[]>, initializers: ReadonlyMap<string, Tensor>, outputs: ReadonlySet<string>): string {
  let name = node.outputs[0]!;
  for (;;) {
    const next = readers.get(name) ?? [];
    if (next.length !== 1 || outputs.has(name) || !perChannel(next[0]!, name, units, initializers)) return name;
    name = next[0]!.outputs[0]!;
  }
}

function perChannel(node: Node, name: string, units: number, initializers: ReadonlyMap<string, Tensor>): boolean {
  if (node.domain !== '') return false;
  if (node.op === 'BatchNormalization') return node.inputs[0] === name;
  if (node.op !== 'Add' && node.op !== 'Mul') return false;
  const other = initializers.get(node.inputs.find((input) => input !== name) ?? '');
  return other !== undefined && sizeOf(other.shape) === units;
}
