import type { PictureSet, Reconstruction } from '@neuron-atlas/training';
import { contactSheet } from '../contact-sheet.js';

const across = 12;
const strips = 3;

/** Held-out pictures in one PNG, in strips of three rows: the picture, what the generator makes of its code, the nearest training picture. */
export async function reconstructionSheet(pictures: PictureSet, reconstructions: readonly Reconstruction[]): Promise<Uint8Array> {
  const { size, channels } = pictures;
  const { default: sharp } = await import('sharp');
  const png = (pixels: Uint8Array): Promise<Buffer> => sharp(pixels, { raw: { width: size, height: size, channels: channels as 1 | 3 } }).png().toBuffer();
  const bytes = (picture: Float32Array): Uint8Array => Uint8Array.from({ length: picture.length }, (_, at) => Math.round(255 * picture[(at % channels) * size * size + Math.floor(at / channels)]!));
  const tiles: Uint8Array[] = [];
  for (let start = 0; start < Math.min(reconstructions.length, strips * across); start += across) {
    const strip = reconstructions.slice(start, start + across);
    if (strip.length < across && start > 0) break;
    for (const { index } of strip) tiles.push(await png(await pictures.at(index)));
    for (const { picture } of strip) tiles.push(await png(bytes(picture)));
    for (const { nearest } of strip) tiles.push(await png(await pictures.at(nearest)));
  }
  return contactSheet(tiles, { tile: size < 96 ? 96 : size, across: Math.min(across, reconstructions.length) });
}
