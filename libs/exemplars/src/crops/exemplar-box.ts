import { type PictureView, toOriginal } from './picture-view.js';
import type { PixelBox } from './pixel-box.js';
import type { UnitBox } from './unit-box.js';

/** Which part of a picture is shown for a unit that answered from one place. */
export interface ExemplarBox {
  /** `exact`: the receptive field; `effective`: what moves the unit, by its gradient; `whole`: all of the picture that the unit sees. */
  readonly kind: 'exact' | 'effective' | 'whole';
  /** In pixels of the model's input: where to cut a projection too. */
  readonly inputBox: PixelBox;
  /** The same in whole pixels of the original picture, rounded outwards. */
  readonly box: PixelBox;
}

/**
 * The part that counts: `seen` where the field fits the picture; else what the gradient says (`effectiveBox`), and where nobody asked it, or
 * it found nothing, all that the unit may see of it.
 */
export function exemplarBox(seen: UnitBox | undefined, view: PictureView, effective?: PixelBox): ExemplarBox {
  const exact = seen?.kind === 'exact';
  const inputBox = exact ? seen.box : effective ?? seen?.box ?? { x0: 0, y0: 0, x1: view.input.width, y1: view.input.height };
  const { x0, y0, x1, y1 } = toOriginal(inputBox, view);
  return {
    kind: exact ? 'exact' : effective === undefined ? 'whole' : 'effective', inputBox,
    box: { x0: Math.floor(x0), y0: Math.floor(y0), x1: Math.ceil(x1), y1: Math.ceil(y1) },
  };
}
