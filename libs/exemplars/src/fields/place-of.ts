import { errors } from '../errors.js';

/**
 * A unit at a flat place of its layer, as an index for every axis of the layer's value, the batch first: what `boxAt` and `exemplarCrop` want.
 *
 * Places count row-major over the axes but batch and units; channels of a map stand second, features of tokens last. Errors: EXEMPLARS_BAD_PLACE.
 */
export function placeOf(shape: readonly number[], units: number, unit: number, place: number): readonly number[] {
  const unitAxis = shape[1] === units ? 1 : shape.length - 1;
  const index = shape.map(() => 0);
  let rest = place;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    if (axis === unitAxis) continue;
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  index[unitAxis] = unit;
  if (rest !== 0 || place < 0 || shape[unitAxis] !== units || unit < 0 || unit >= units) throw errors.badPlace({ place: [unit, place], shape });
  return index;
}
