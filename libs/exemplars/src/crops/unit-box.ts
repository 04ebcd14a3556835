import { boxAt } from '../fields/box-at.js';
import { type FieldSummary, summaryOf, windowAt } from '../fields/field-summary.js';
import type { Field } from '../fields/receptive-fields.js';
import { clipped, type PixelBox, type PixelSize, sizeOfBox } from './pixel-box.js';

/** What part of the model's input a unit at one place sees, for a crop. */
export interface UnitBox {
  /** The whole field, in pixels of the input; its edges may lie outside. */
  readonly box: PixelBox;
  /**
   * `exact`: nothing outside the box counts; `larger`: the field is larger than the picture, or all of it, and what counts is for a gradient
   * to say (`effectiveBox`); the box is the part of the picture that may count.
   */
  readonly kind: 'exact' | 'larger';
}

/**
 * The box of a unit at a place: an index for every axis of the layer's value, the batch first.
 *
 * Undefined where the place sees nothing of the picture. Errors: EXEMPLARS_BAD_PLACE.
 */
export function unitBox(field: Field, place: readonly number[]): UnitBox | undefined {
  const seen = boxAt(field, place);
  if (seen === undefined || field.input.length !== 4) return undefined;
  const picture: PixelSize = { height: field.input[2]!, width: field.input[3]! };
  const [, y0, x0] = seen.start as [number, number, number];
  const [, y1, x1] = seen.end as [number, number, number];
  const exact: PixelBox = { x0, y0, x1, y1 };
  const summary = known.get(field) ?? summaryOf(field);
  known.set(field, summary);
  // The window is the whole field only where it lies along the last two axes, as in a layer of convolutions.
  const window = summary.kind === 'window' && place.length === 4 ? windowBox(windowAt(summary.window, place.slice(2))) : exact;
  // A window shows what it would see beyond the border; where a slice or a mirrored border moves things, what is seen decides.
  const box = within(exact, window, picture) ? window : exact;
  const { width, height } = sizeOfBox(box);
  const all = exact.x0 === 0 && exact.y0 === 0 && exact.x1 === picture.width && exact.y1 === picture.height;
  if (width > picture.width || height > picture.height || (all && box === exact)) return { box: clipped(box, picture), kind: 'larger' };
  return { box, kind: 'exact' };
}

/** Many places of one field are asked for. */
const known = new WeakMap<Field, FieldSummary>();

const windowBox = ({ start: [y0, x0], end: [y1, x1] }: { readonly start: readonly number[]; readonly end: readonly number[] }): PixelBox => ({ x0: x0!, y0: y0!, x1: x1!, y1: y1! });

function within(inner: PixelBox, outer: PixelBox, picture: PixelSize): boolean {
  const { x0, y0, x1, y1 } = clipped(outer, picture);
  return inner.x0 >= x0 && inner.y0 >= y0 && inner.x1 <= x1 && inner.y1 <= y1;
}
