import { tensor, type Tensor } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';

/** The pictures of a training, all of one size. */
export interface PictureSet {
  readonly count: number;
  /** Side in pixels. */
  readonly size: number;
  readonly channels: number;
  /** u8[H, W, C]; the same index always gives the same picture. */
  readonly at: (index: number) => Uint8Array | Promise<Uint8Array>;
}

/** Bytes of pictures, at most, that are held. */
const mostBytes = 2 ** 32;

/** Pictures held in memory, so that none is drawn or decoded twice: u8[H, W, C] each, taken from `all`. `count` is how many to expect. TRAINING_TOO_MANY_PIXELS. */
export async function heldPictures(all: AsyncIterable<Uint8Array>, shape: { readonly count: number; readonly size: number; readonly channels: number }): Promise<PictureSet> {
  const { count, size, channels } = shape;
  const bytes = count * size * size * channels;
  if (bytes > mostBytes) throw errors.tooManyPixels({ pictures: count, size, bytes, limit: mostBytes });
  const held: Uint8Array[] = [];
  for await (const pixels of all) held.push(pixels);
  return { count: held.length, size, channels, at: (index) => held[index]! };
}

/** How a picture is changed before it is learned from. */
export interface Placement {
  readonly flipped: boolean;
  /** Pixels to the right and down; the edge is repeated. */
  readonly right: number;
  readonly down: number;
}

/** Pictures as f32[N, C, H, W] in 0..1. */
export async function pictureBatch({ size, channels, at }: PictureSet, indices: readonly number[], placements: readonly Placement[] = []): Promise<Tensor> {
  const area = size * size;
  const data = new Float32Array(indices.length * channels * area);
  for (const [row, index] of indices.entries()) {
    const pixels = await at(index);
    const { flipped, right, down } = placements[row] ?? { flipped: false, right: 0, down: 0 };
    for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) {
      const across = clamp((flipped ? size - 1 - x : x) - right, size);
      const from = (clamp(y - down, size) * size + across) * channels;
      for (let channel = 0; channel < channels; channel++) data[(row * channels + channel) * area + y * size + x] = pixels[from + channel]! / 255;
    }
  }
  return tensor('f32', [indices.length, channels, size, size], data);
}

const clamp = (place: number, size: number): number => (place < 0 ? 0 : place >= size ? size - 1 : place);
