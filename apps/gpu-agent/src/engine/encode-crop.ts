import type { ExemplarRow } from '@neuron-atlas/atlas';
import type { RawPicture } from '@neuron-atlas/exemplars';
import sharp from 'sharp';

/** Crops of up to so many pixels keep every bit: larger ones as PNG would make an atlas of photographs some gigabytes. */
const exactPixels = 64 * 64;

/** A crop as the atlas shows it: exact while it is small, JPEG beyond, which takes half of WebP's time; blurred to shapes and colours, or not at all, where the spec says so. */
export async function encodeCrop({ data, width, height, channels }: RawPicture, publish: 'crops' | 'blurred' | 'links'): Promise<Pick<ExemplarRow, 'imageFormat' | 'width' | 'height' | 'image'>> {
  const imageFormat = width * height <= exactPixels ? 'png' : 'jpeg';
  if (publish === 'links') return { imageFormat, width, height, image: null };
  const raw = sharp(data, { raw: { width, height, channels: channels as 1 | 3 } });
  const shown = publish === 'blurred' ? raw.blur(Math.max(1, Math.max(width, height) / 12)) : raw;
  const encoded = imageFormat === 'png'
    ? shown.toColourspace(channels === 1 ? 'b-w' : 'srgb').png({ compressionLevel: 6, palette: false })
    : shown.jpeg({ quality: 88 });
  const bytes = await encoded.toBuffer();
  return { imageFormat, width, height, image: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}
