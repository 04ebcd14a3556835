import { readsOf } from '../edit/reads-of.js';
import type { Model, Node } from '../graph.js';
import { upgradeOpset } from '../upgrade/upgrade-opset.js';
import type { Layer } from './find-layers.js';

/**
 * For each layer, by id, the ids of the layers whose values reach it with no layer between them, in the model's order.
 *
 * What a network looks like from layer to layer: a branch is a layer that several read, a sum or a concatenation one that
 * has several inputs. Empty where only the picture comes before.
 */
export function layerInputs(model: Model, layers: readonly Layer[]): ReadonlyMap<string, readonly string[]> {
  const { graph } = upgradeOpset(model);
  const makers = new Map<string, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) makers.set(output, node);
  const ofNode = new Map(layers.map((layer) => [layer.node, layer.id]));
  const order = new Map(layers.map(({ id }, index) => [id, index]));

  return new Map(layers.map((layer) => {
    const found = new Set<string>();
    const seen = new Set<string>();
    const start = graph.nodes.find(({ name }) => name === layer.node);
    const open = start === undefined ? [] : [...readsOf(start)];
    for (let value = open.pop(); value !== undefined; value = open.pop()) {
      const node = makers.get(value);
      if (node === undefined || seen.has(node.name)) continue;
      seen.add(node.name);
      const before = ofNode.get(node.name);
      if (before === undefined) open.push(...readsOf(node));
      else found.add(before);
    }
    return [layer.id, [...found].sort((a, b) => order.get(a)! - order.get(b)!)] as const;
  }));
}
