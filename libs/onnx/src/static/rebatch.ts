import { readsOf } from '../edit/reads-of.js';
import type { Model, Node, ValueInfo } from '../graph.js';
import { i64, type Tensor, toNumbers } from '../tensor.js';

/**
 * The nodes with the batch size that `shape` asks for, where the file writes another number into its reshapes.
 *
 * Only reshapes of values that depend on the input, to a constant shape that begins with the old batch size, are touched.
 */
export function rebatch(model: Model, nodes: readonly Node[], input: ValueInfo, shape: readonly number[]): { readonly nodes: readonly Node[]; readonly initializers: ReadonlyMap<string, Tensor>; readonly changed: boolean } {
  const { initializers } = model.graph;
  const fixed = input.shape?.[0];
  if (typeof fixed !== 'number' || fixed === shape[0]) return { nodes, initializers, changed: false };
  const moving = new Set([input.name]);
  const added = new Map(initializers);
  let changed = false;
  const rewritten = nodes.map((node) => {
    if (!readsOf(node).some((name) => moving.has(name))) return node;
    for (const name of node.outputs) moving.add(name);
    const target = node.op === 'Reshape' && moving.has(node.inputs[0]!) ? initializers.get(node.inputs[1]!) : undefined;
    if (target === undefined) return node;
    const dims = toNumbers(target);
    if (dims[0] !== fixed) return node;
    const name = `${node.inputs[1]!}/batch${shape[0]}`;
    added.set(name, i64([dims.length], [shape[0]!, ...dims.slice(1)]));
    changed = true;
    return { ...node, inputs: [node.inputs[0]!, name] };
  });
  return { nodes: rewritten, initializers: added, changed };
}
