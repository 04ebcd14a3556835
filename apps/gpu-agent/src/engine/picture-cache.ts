import type { DecodedPicture } from '@neuron-atlas/exemplars/node';

/** 1,700 pictures of 224 × 224: with a data set of so many, or pieces of one, every layer's work finds them here. */
const mostBytes = 256 * 2 ** 20;

/** Decoded pictures by content and by how a model wants them; the one used longest ago goes first. */
export class PictureCache {
  readonly #mostBytes: number;
  /** In order of last use. */
  readonly #kept = new Map<string, { readonly picture: Promise<DecodedPicture>; bytes: number }>();
  #bytes = 0;

  constructor(bytes = mostBytes) { this.#mostBytes = bytes; }

  /** One that cannot be decoded is not remembered. */
  get(key: string, decode: () => Promise<DecodedPicture>): Promise<DecodedPicture> {
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known.picture;
    }
    const entry = { picture: decode(), bytes: 0 };
    this.#kept.set(key, entry);
    entry.picture.then(({ input }) => {
      entry.bytes = input.data.length;
      this.#bytes += entry.bytes;
      this.#trim();
    }, () => this.#kept.delete(key));
    return entry.picture;
  }

  #trim(): void {
    for (const [key, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#mostBytes) return;
      if (bytes === 0) continue; // still being decoded
      this.#kept.delete(key);
      this.#bytes -= bytes;
    }
  }
}
