import { fillInput } from '@neuron-atlas/exemplars/node';
import type { PixelBox, RawPicture } from '@neuron-atlas/exemplars';
import type { Features, Judge } from '@neuron-atlas/quality';
import type { Preprocess } from '@neuron-atlas/spec';
import sharp from 'sharp';
import { batchesAhead } from '../batches-ahead.js';

/** A patch that a judge is to look at: which picture, and which part of it. */
export interface Patch {
  /** Patches of one key are the same. */
  readonly key: string;
  readonly load: (signal: AbortSignal) => Promise<{ readonly picture: RawPicture; readonly box: PixelBox }>;
}

/** Shows patches to a judge, each once, in whole batches; while a batch is looked at the next one is cut out on other threads. */
export async function featuresOf(judge: Judge, patches: readonly Patch[], preprocess: Preprocess, signal: AbortSignal, onShare: (share: number) => void): Promise<ReadonlyMap<string, Features>> {
  const wanted = [...new Map(patches.map((patch) => [patch.key, patch])).values()];
  const channels = preprocess.color === 'L' ? 1 : 3;
  const rowLength = channels * judge.height * judge.width;
  const load = async (batch: readonly Patch[]): Promise<Float32Array> => {
    const input = new Float32Array(judge.batch * rowLength);
    await Promise.all(batch.map(async (patch, row) => {
      const { picture, box } = await patch.load(signal);
      fillInput(input.subarray(row * rowLength, (row + 1) * rowLength), await resized(picture, box, judge), preprocess);
    }));
    return input;
  };
  const found = new Map<string, Features>();
  for await (const { batch, loaded: input, share } of batchesAhead(wanted, judge.batch, load)) {
    (await judge.read(input, batch.length)).forEach((features, row) => found.set(batch[row]!.key, features));
    signal.throwIfAborted();
    onShare(share);
  }
  return found;
}

/** A part of a picture at another size, by bilinear interpolation. */
async function resized({ data, width, height, channels }: RawPicture, { x0, y0, x1, y1 }: PixelBox, size: { readonly width: number; readonly height: number }): Promise<RawPicture> {
  if (x0 === 0 && y0 === 0 && x1 === width && y1 === height && width === size.width && height === size.height) return { data, width, height, channels };
  const cut = await sharp(data, { raw: { width, height, channels: channels as 1 | 3 } })
    .extract({ left: x0, top: y0, width: x1 - x0, height: y1 - y0 })
    .resize(size.width, size.height, { fit: 'fill', kernel: 'linear' })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb').raw().toBuffer();
  return { data: new Uint8Array(cut.buffer, cut.byteOffset, cut.byteLength), width: size.width, height: size.height, channels };
}
