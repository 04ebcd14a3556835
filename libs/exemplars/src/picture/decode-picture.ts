import type { Preprocess } from '@neuron-atlas/spec';
import sharp, { type Sharp } from 'sharp';
import type { RawPicture } from '../crops/crop-picture.js';
import { pictureView, type PictureView } from '../crops/picture-view.js';
import type { PixelSize } from '../crops/pixel-box.js';
import { errors } from '../errors.js';

/** More pixels than this are refused: 16,383 squared, what a picture of 1 GB has. */
const mostPixels = 16_383 ** 2;

/** Up to so many pixels a picture may be packed as tightly as it likes: they take 200 MB at most, and a moment. */
const freePixels = 2 ** 26;
/** Beyond them a file must have a byte for so many pixels at least. Photographs have one for a dozen; a bomb, one for hundreds. */
const pixelsPerByte = 64;

export interface DecodedPicture {
  /** The model's view of it, u8, still without mean and deviation. */
  readonly input: RawPicture;
  readonly view: PictureView;
}

/**
 * A file of any format as a model's input: turned as its EXIF says, its first frame, 8 bits in sRGB, transparent parts grey,
 * resized and cropped as the spec says.
 *
 * EXEMPLARS_BAD_PICTURE where it cannot be read whole.
 */
export async function decodePicture(content: Uint8Array, id: string, { preprocess, input }: { readonly preprocess: Pick<Preprocess, 'color' | 'resize'>; readonly input: PixelSize }): Promise<DecodedPicture> {
  try {
    const view = pictureView(await sizeOfPicture(content), preprocess, input);
    const { resized, left, top } = view;
    const { data, info } = await upright(content, preprocess.color)
      .resize(resized.width, resized.height, { fit: 'fill', kernel: 'cubic' })
      .extract({ left, top, width: input.width, height: input.height })
      .raw().toBuffer({ resolveWithObject: true });
    return { input: { width: info.width, height: info.height, channels: info.channels, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }, view };
  } catch (cause) {
    throw errors.badPicture({ id, reason: firstLine(cause) }, cause);
  }
}

/** The whole picture at its own size. EXEMPLARS_BAD_PICTURE. */
export async function decodeWhole(content: Uint8Array, id: string, color: Preprocess['color']): Promise<RawPicture> {
  try {
    await sizeOfPicture(content);
    const { data, info } = await upright(content, color).raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels: info.channels, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  } catch (cause) {
    throw errors.badPicture({ id, reason: firstLine(cause) }, cause);
  }
}

// A warning of the decoder is a picture with a hole in it: it would be shown, and counted, as what it is not.
const open = (content: Uint8Array): Sharp => sharp(content, { failOn: 'warning', limitInputPixels: mostPixels, pages: 1 });

/** From the header alone, before any pixel is unpacked. */
async function sizeOfPicture(content: Uint8Array): Promise<PixelSize> {
  const { width, height, orientation = 1 } = await open(content).metadata();
  const pixels = width * height;
  if (pixels > freePixels && pixels > content.length * pixelsPerByte) throw new Error(`a decompression bomb: ${content.length} bytes that unpack to ${width} x ${height} pixels`);
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

function upright(content: Uint8Array, color: Preprocess['color']): Sharp {
  return open(content).rotate().flatten({ background: '#808080' }).toColourspace(color === 'L' ? 'b-w' : 'srgb');
}

const firstLine = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;

/** Writes a picture into a row of a model's input, f32[C, H, W]: (x · (high − low) + low − mean) / std, channels reversed for BGR. */
export function fillInput(row: Float32Array, { data, channels }: RawPicture, { mean, std, range: [low, high], color }: Pick<Preprocess, 'mean' | 'std' | 'range' | 'color'>): void {
  const wanted = color === 'L' ? 1 : 3;
  const plane = row.length / wanted;
  for (let c = 0; c < wanted; c++) {
    const from = channels === 1 ? 0 : color === 'BGR' ? 2 - c : c;
    const table = Float32Array.from({ length: 256 }, (_, byte) => ((byte / 255) * (high - low) + low - mean[c]!) / std[c]!);
    for (let i = 0; i < plane; i++) row[c * plane + i] = table[data[i * channels + from]!]!;
  }
}
