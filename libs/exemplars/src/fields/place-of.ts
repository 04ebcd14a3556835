import type { LayerKind } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';

/**
 * A unit at a flat place of its layer, as an index for every axis of the layer's value, the batch first: what `boxAt` and `unitBox` want.
 *
 * Places count row-major over the axes but batch and units; a head has one a token, and all its numbers there see alike. Errors: EXEMPLARS_BAD_PLACE.
 */
export function placeOf(shape: readonly number[], { units, axis = 1, kind = 'channel' }: { readonly units: number; readonly axis?: number | undefined; readonly kind?: LayerKind | undefined }, unit: number, place: number): readonly number[] {
  const index = shape.map(() => 0);
  let rest = place;
  for (let at = kind === 'head' ? shape.length - 2 : shape.length - 1; at > 0; at--) {
    if (at === axis) continue;
    index[at] = rest % shape[at]!;
    rest = Math.floor(rest / shape[at]!);
  }
  index[axis] = unit;
  if (rest !== 0 || place < 0 || shape[axis] !== units || unit < 0 || unit >= units) throw errors.badPlace({ place: [unit, place], shape });
  return index;
}
