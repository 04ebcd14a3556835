import { permutation, type DrawsFor } from './draws.js';
import type { Placement } from './picture-set.js';

export interface Augmentation {
  /** Whether half of the pictures are mirrored. */
  readonly flip: boolean;
  /** Largest shift each way, in pixels. */
  readonly shift: number;
}

/** Which pictures are learned from, and how they are placed: one endless sequence, that a seed names. */
export interface Minibatches {
  /** `count` places of the sequence, from `start` on. */
  readonly take: (start: number, count: number) => { readonly indices: readonly number[]; readonly placements: readonly Placement[] };
}

/** Every picture of `from` once, in a drawn order, then all once more in another. A place depends on the seed and its number alone. */
export function minibatches(from: readonly number[], { flip, shift }: Augmentation, draws: DrawsFor): Minibatches {
  let [epoch, order] = [-1, new Uint32Array()];
  const indexAt = (place: number): number => {
    const turn = Math.floor(place / from.length);
    if (turn !== epoch) [epoch, order] = [turn, permutation(from.length, draws(`order/${turn}`))];
    return from[order[place % from.length]!]!;
  };
  return {
    take(start, count) {
      const places = Array.from({ length: count }, (_, i) => start + i);
      return {
        indices: places.map(indexAt),
        placements: places.map((place) => {
          const { below } = draws(`augment/${place}`);
          const flipped = flip && below(2) === 1;
          return { flipped, right: below(2 * shift + 1) - shift, down: below(2 * shift + 1) - shift };
        }),
      };
    },
  };
}
