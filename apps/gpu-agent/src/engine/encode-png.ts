import type { Picture } from '@neuron-atlas/synthesis';
import sharp from 'sharp';

/**
 * A picture of 1 or 3 colours, opacity behind them where there are 2 or 4 channels, as PNG of 8 bits, without metadata: the same picture gives the same bytes.
 *
 * Values are rounded to the nearest of 0..255; what is outside 0..1 is clipped, what is no number becomes 0.
 */
export async function encodePng({ image, channels, width, height }: Picture): Promise<Uint8Array> {
  const plane = width * height;
  const raw = new Uint8Array(plane * channels);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < plane; i++) raw[i * channels + c] = Math.round(Math.min(1, Math.max(0, image[c * plane + i]! || 0)) * 255);
  }
  const png = await sharp(raw, { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } })
    .toColourspace(channels < 3 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 9, adaptiveFiltering: true, palette: false, progressive: false })
    .toBuffer();
  return new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
}
