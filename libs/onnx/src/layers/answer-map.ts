import type { GraphBuilder, Value } from '../graph-builder.js';
import type { LayerKind } from './find-layers.js';
import { unitMap } from './unit-map.js';

/**
 * What each unit of a layer answers at each of its places, f32[N, units, …places]: its activations (`unitMap`), but one answer a token of a head,
 * the mean square of what it writes there.
 */
export function answerMap(g: GraphBuilder, value: Value, how: { readonly axis: number; readonly kind: LayerKind }): Value {
  const map = unitMap(g, value, how);
  return how.kind === 'head' ? g.mean(map, [map.shape.length - 1]) : map;
}
