import type { Graph, Node } from '../graph.js';
import type { Layer } from './find-layers.js';

type Shapes = ReadonlyMap<string, readonly number[]>;

/** What a residual branch passes on its way from its last weights to the sum, without changing which feature is which. */
const carries = new Set(['Identity', 'Dropout', 'Cast', 'Reshape', 'Transpose', 'Slice', 'Concat', 'Gather', 'Squeeze', 'Unsqueeze', 'Pad', 'Mul', 'Add']);
/** What stands between the probabilities of attention and their product with the values. */
const afterSoftmax = new Set(['Identity', 'Dropout', 'Cast', 'Where']);
const afterHeads = new Set(['Identity', 'Dropout', 'Cast', 'Reshape', 'Transpose', 'Mul']);
const longestWay = 12;

/**
 * The layers with the residual streams and attention heads of transformers among them, in the graph's order.
 *
 * A stream is a sum of two computed values, one of which comes from a dense layer of as many features; it is named after
 * that layer's module (`blocks.0.mlp.fc2` gives `blocks.0.mlp.residual`). Heads are the product of a softmax with f32[N, heads,
 * T, D], named after the layer that reads them. Where a window's place is part of the batch axis, heads are not listed.
 */
export function withTokenLayers(graph: Graph, layers: readonly Layer[], shapes: Shapes): readonly Layer[] {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) for (const name of new Set(node.inputs)) readers.set(name, [...(readers.get(name) ?? []), node]);
  const byTensor = new Map(layers.map((layer) => [layer.tensor, layer]));
  const byNode = new Map(layers.map((layer) => [layer.node, layer]));
  const taken = new Set(layers.map(({ id }) => id));
  const batch = shapes.get(graph.inputs[0]?.name ?? '')?.[0] ?? 1;

  const found: Layer[] = [];
  for (const node of graph.nodes) {
    const own = byNode.get(node.name);
    if (own !== undefined) found.push(own);
    const tensor = node.outputs[0] ?? '';
    const shape = shapes.get(tensor);
    if (own !== undefined || node.domain !== '' || shape === undefined || shape.length < 3 || shape[0] !== batch || byTensor.has(tensor)) continue;
    const common = { tensor, op: node.op, node: node.name, site: 'post', weights: '' } as const;
    if (node.op === 'Add') {
      const branch = node.inputs.map((name) => branchOf(name)).find((way) => way !== undefined);
      if (branch === undefined || node.inputs.some((name) => graph.initializers.has(name))) continue;
      const { layer, turns } = branch;
      const axis = turns % 2 === 1 && shape[1] === layer.units ? 1 : -1;
      if (shape.at(axis === 1 ? 1 : -1) !== layer.units) continue;
      found.push({ ...common, id: named(layer, 'residual'), units: layer.units, axis, kind: 'stream' });
    } else if (node.op === 'MatMul' && shape.length === 4 && comesFromSoftmax(node.inputs[0]!)) {
      const reader = readerOf(tensor);
      if (reader !== undefined) found.push({ ...common, id: named(reader, 'heads'), units: shape[1]!, axis: 1, kind: 'head' });
    }
  }
  return found;

  /** The dense layer whose features a value still is, and how often they were transposed on the way. */
  function branchOf(value: string): { readonly layer: Layer; readonly turns: number } | undefined {
    let name = value;
    let turns = 0;
    for (let way = 0; way < longestWay; way++) {
      const layer = byTensor.get(name);
      if (layer !== undefined) return layer.axis === -1 ? { layer, turns } : undefined;
      const node = makers.get(name);
      if (node === undefined || node.domain !== '' || !carries.has(node.op)) return undefined;
      const moving = node.inputs.filter((input) => !graph.initializers.has(input));
      // A product or sum of two computed values is a gate or another sum.
      if ((node.op === 'Mul' || node.op === 'Add') && moving.length !== 1) return undefined;
      if (node.op === 'Transpose') turns++;
      name = node.op === 'Mul' || node.op === 'Add' ? moving[0]! : node.inputs[0]!;
    }
    return undefined;
  }

  function comesFromSoftmax(value: string): boolean {
    let node = makers.get(value);
    for (let way = 0; way < longestWay && node !== undefined && afterSoftmax.has(node.op); way++) {
      node = node.inputs.map((name) => makers.get(name)).find((maker) => maker !== undefined && (maker.op === 'Softmax' || afterSoftmax.has(maker.op)));
    }
    return node?.op === 'Softmax' && node.domain === '';
  }

  /** The dense layer that reads heads, once they are put side by side. */
  function readerOf(value: string): Layer | undefined {
    let name = value;
    for (let way = 0; way < longestWay; way++) {
      const nodes: readonly Node[] = readers.get(name) ?? [];
      const layer = nodes.map((node) => byNode.get(node.name)).find((known) => known !== undefined);
      if (layer !== undefined) return layer;
      const next = nodes.find((node) => afterHeads.has(node.op));
      if (next === undefined) return undefined;
      name = next.outputs[0]!;
    }
    return undefined;
  }

  function named(layer: Layer, what: string): string {
    const dot = layer.id.lastIndexOf('.');
    const wished = dot === -1 ? `${layer.id}.${what}` : `${layer.id.slice(0, dot)}.${what}`;
    let id = wished;
    for (let number = 2; taken.has(id); number++) id = `${wished}.${number}`;
    taken.add(id);
    return id;
  }
}
