import type { GraphBuilder, Value } from '../graph-builder.js';
import type { LayerKind } from './find-layers.js';

/**
 * A layer's activations with its units behind the batch, f32[N, units, …]: token features are moved there, f32[N, T, D]
 * becomes f32[N, D, T]. A head's numbers are squared: it writes a vector at every token, and the mean of its squares
 * says how much it writes, where the mean of its coordinates says nothing.
 */
export function unitMap(g: GraphBuilder, value: Value, { axis, kind }: { readonly axis: number; readonly kind: LayerKind }): Value {
  const rank = value.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  const order = [0, at, ...value.shape.map((_, i) => i).filter((i) => i !== 0 && i !== at)];
  const moved = order.every((from, to) => from === to) ? value : g.transpose(value, order);
  return kind === 'head' ? g.mul(moved, moved) : moved;
}
