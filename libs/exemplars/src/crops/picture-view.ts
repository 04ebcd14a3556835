import type { PixelBox, PixelSize } from './pixel-box.js';

/** How the picture of a file becomes the model's input: enlarged or reduced, then a window cut from its centre. */
export interface PictureView {
  /** Of the file, its orientation applied. */
  readonly original: PixelSize;
  /** After resizing. */
  readonly resized: PixelSize;
  /** The model's input: its upper left corner in the resized picture. */
  readonly left: number;
  readonly top: number;
  readonly input: PixelSize;
}

/**
 * The view that a model has of a picture: the short side brought to `resize` pixels, then the centre of the size of the input.
 *
 * Without `resize`, or where it is less than the input's, the short way that covers the input. Sides are rounded to whole pixels.
 */
export function pictureView(original: PixelSize, preprocess: { readonly resize?: number | undefined }, input: PixelSize): PictureView {
  const cover = Math.max(input.width / original.width, input.height / original.height);
  const scale = Math.max(cover, (preprocess.resize ?? 0) / Math.min(original.width, original.height));
  const width = Math.max(input.width, Math.round(original.width * scale));
  const height = Math.max(input.height, Math.round(original.height * scale));
  return { original, resized: { width, height }, left: Math.floor((width - input.width) / 2), top: Math.floor((height - input.height) / 2), input };
}

/** A box in the model's input as a box in the original picture, in its pixels and fractions of them. */
export function toOriginal({ x0, y0, x1, y1 }: PixelBox, { original, resized, left, top }: PictureView): PixelBox {
  const across = (x: number): number => ((x + left) * original.width) / resized.width;
  const down = (y: number): number => ((y + top) * original.height) / resized.height;
  return { x0: across(x0), y0: down(y0), x1: across(x1), y1: down(y1) };
}
