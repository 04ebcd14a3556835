import { type PixelBox, type PixelSize, sizeOfBox } from './pixel-box.js';

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
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [from, to] = [((box.y0 + y) * picture.width + box.x0 + x) * channels, (y * width + x) * channels];
      const inside = box.x0 + x >= 0 && box.x0 + x < picture.width && box.y0 + y >= 0 && box.y0 + y < picture.height;
      for (let c = 0; c < channels; c++) data[to + c] = inside ? picture.data[from + c]! : fill[c] ?? fill[0] ?? 0;
    }
  }
  return { width, height, channels, data };
}

/** The picture's value of 8 bits that preprocessing makes 0 of, for each channel: what a model takes padding for. */
export function meanFill({ mean, range: [low, high], color }: { readonly mean: readonly number[]; readonly range: readonly [number, number]; readonly color: 'RGB' | 'BGR' | 'L' }): readonly number[] {
  const values = mean.map((value) => Math.min(255, Math.max(0, Math.round(((value - low) / (high - low)) * 255))));
  return color === 'BGR' ? [...values].reverse() : values;
}
