import type { Preprocess } from '@neuron-atlas/spec';
import { clipped, type PixelBox, type PixelSize, sizeOfBox } from './pixel-box.js';

/** A picture of 8 bits a sample, interleaved: u8[height, width, channels]. */
export interface RawPicture extends PixelSize {
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * What a box of whole pixels holds of a picture, at its full size; beyond the picture stands `fill`, a value a channel.
 *
 * Copies pixels as they are: pasted back at its place it changes nothing.
 */
export function cropPicture(picture: RawPicture, box: PixelBox, fill: readonly number[]): RawPicture {
  const { width, height } = sizeOfBox(box);
  const { channels } = picture;
  const data = new Uint8Array(width * height * channels);
  const { x0, y0, x1, y1 } = clipped(box, picture);
  if (x1 - x0 < width || y1 - y0 < height) for (let i = 0; i < data.length; i++) data[i] = fill[i % channels] ?? fill[0] ?? 0;
  for (let y = y0; y < y1; y++) {
    const from = y * picture.width;
    data.set(picture.data.subarray((from + x0) * channels, (from + x1) * channels), ((y - box.y0) * width + x0 - box.x0) * channels);
  }
  return { width, height, channels, data };
}

/** The picture's value of 8 bits that preprocessing makes 0 of, for each channel: what a model takes padding for. */
export function meanFill({ mean, range: [low, high], color }: { readonly mean: readonly number[]; readonly range: readonly [number, number]; readonly color: Preprocess['color'] }): readonly number[] {
  const values = mean.map((value) => Math.min(255, Math.max(0, Math.round(((value - low) / (high - low)) * 255))));
  return color === 'BGR' ? [...values].reverse() : values;
}
