import type { Field } from '../fields/receptive-fields.js';
import { cropPicture, type RawPicture } from './crop-picture.js';
import { type PictureView, toOriginal } from './picture-view.js';
import type { PixelBox } from './pixel-box.js';
import { unitBox, type UnitBox } from './unit-box.js';

/** The part of a picture that a unit sees from one place, cut out. */
export interface ExemplarCrop {
  readonly kind: UnitBox['kind'];
  /** In pixels of the model's input: where to cut a projection too. */
  readonly inputBox: PixelBox;
  /** The same in whole pixels of the original picture, rounded outwards. */
  readonly box: PixelBox;
  readonly crop: RawPicture;
}

/**
 * Cuts out what a unit sees from a place, of the picture as the model saw it; `fill` stands beyond the picture.
 *
 * Where the field is larger than the picture, `effective` says what counts (`effectiveBox` of the unit's gradient); without it, or
 * where it finds nothing, the picture stands whole. Undefined where the place sees nothing. Errors: EXEMPLARS_BAD_PLACE.
 */
export function exemplarCrop({ field, place, input, view, fill, effective }: {
  readonly field: Field; readonly place: readonly number[]; readonly input: RawPicture; readonly view: PictureView; readonly fill: readonly number[];
  readonly effective?: (() => PixelBox | undefined) | undefined;
}): ExemplarCrop | undefined {
  const found = unitBox(field, place);
  if (found === undefined) return undefined;
  const inputBox = found.kind === 'effective' ? effective?.() ?? found.box : found.box;
  const { x0, y0, x1, y1 } = toOriginal(inputBox, view);
  const box = { x0: Math.floor(x0), y0: Math.floor(y0), x1: Math.ceil(x1), y1: Math.ceil(y1) };
  return { kind: found.kind, inputBox, box, crop: cropPicture(input, inputBox, fill) };
}
