/** A seeded source of numbers; the same seed and stream give the same numbers everywhere. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Uniform over 0 … count − 1. */
  below(count: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/**
 * sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, 32-bit arithmetic only.
 *
 * The counter makes every period at least 2^32. `stream` separates sequences of one seed: a picture's index.
 */
export function createRandom(seed: number, stream = 0): Random {
  let a = mix(seed | 0);
  let b = mix(stream | 0) ^ 0x9e3779b9;
  let c = mix((seed ^ 0x85ebca6b) + Math.imul(stream, 0x27d4eb2f));
  let counter = 1;

  const nextInt = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return sum >>> 0;
  };
  for (let step = 0; step < 12; step++) nextInt(); // the author's warm-up: until the seed has reached every bit

  const next = (): number => nextInt() / 0x1_0000_0000;
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    below: (count) => Math.floor(next() * count),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)]!,
  };
}

/** The 32-bit finaliser of MurmurHash3: close seeds give far states. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
