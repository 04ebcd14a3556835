/**
 * Distributions of float32 values, one for each of many units, that merge exactly.
 *
 * Buckets are the sign, the exponent and the 5 leading bits of the mantissa: 32 an octave, so that the middle of a bucket is
 * within 1/64 of every value in it. Beside its count a bucket holds the sums of what its bounds leave out, as whole numbers
 * of the last place, which add up without rounding: mean and standard deviation are the same for any split of the values, in
 * any order. The sum of squares leaves out 6 of 24 bits, an error below 10⁻⁵ of the value.
 */
export class ValueSketch {
  readonly units: number;
  #keys: Int32Array;
  #counts: Float64Array;
  #sums: Float64Array;
  #squares: Float64Array;
  #used = 0;

  constructor(units: number) {
    this.units = units;
    this.#keys = new Int32Array(1024).fill(-1);
    this.#counts = new Float64Array(1024);
    this.#sums = new Float64Array(1024);
    this.#squares = new Float64Array(1024);
  }

  /** `value` must be finite. */
  add(unit: number, value: number): void {
    float[0] = value;
    const all = value === 0 ? 0 : bits[0]!;
    const rest = all & 0x3ffff;
    const short = rest >>> 6;
    const slot = this.#slot(unit * buckets + (all >>> 18));
    this.#counts[slot]! += 1;
    this.#sums[slot]! += rest;
    this.#squares[slot]! += short * short;
  }

  addBucket(unit: number, { bucket, count, sum, squares }: Bucket): void {
    const slot = this.#slot(unit * buckets + bucket);
    this.#counts[slot]! += count;
    this.#sums[slot]! += sum;
    this.#squares[slot]! += squares;
  }

  /** The buckets of every unit, from the smallest value to the largest. */
  byUnit(): readonly (readonly Bucket[])[] {
    const found: Bucket[][] = Array.from({ length: this.units }, () => []);
    this.#keys.forEach((key, slot) => {
      if (key < 0) return;
      found[Math.floor(key / buckets)]!.push({ bucket: key % buckets, count: this.#counts[slot]!, sum: this.#sums[slot]!, squares: this.#squares[slot]! });
    });
    for (const list of found) list.sort((a, b) => order(a.bucket) - order(b.bucket));
    return found;
  }

  /** Open addressing: the slot that holds a key, or the free one that now does. */
  #slot(key: number): number {
    if (this.#used * 2 > this.#keys.length) this.#grow();
    const mask = this.#keys.length - 1;
    let slot = Math.imul(key, 0x9e3779b1) >>> 7 & mask;
    while (this.#keys[slot] !== key) {
      if (this.#keys[slot] === -1) {
        this.#keys[slot] = key;
        this.#used++;
        break;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [keys, counts, sums, squares] = [this.#keys, this.#counts, this.#sums, this.#squares];
    const size = keys.length * 2;
    this.#keys = new Int32Array(size).fill(-1);
    this.#counts = new Float64Array(size);
    this.#sums = new Float64Array(size);
    this.#squares = new Float64Array(size);
    this.#used = 0;
    keys.forEach((key, from) => {
      if (key < 0) return;
      const slot = this.#slot(key);
      this.#counts[slot] = counts[from]!;
      this.#sums[slot] = sums[from]!;
      this.#squares[slot] = squares[from]!;
    });
  }
}

export interface Bucket {
  /** Sign, exponent and 5 bits of the mantissa. */
  readonly bucket: number;
  readonly count: number;
  /** Of the last 18 bits of the values. */
  readonly sum: number;
  /** Of the squares of the 12 bits that follow the bucket's. */
  readonly squares: number;
}

const buckets = 1 << 14;
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function valueOf(pattern: number): number {
  bits[0] = pattern;
  return float[0]!;
}

const negative = (bucket: number): boolean => bucket >= buckets / 2;
/** From the smallest value to the largest. */
const order = (bucket: number): number => (negative(bucket) ? buckets / 2 - 1 - bucket : bucket);

/** The middle of a bucket; 0 for the one that holds 0. */
export function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const pattern = bucket * 0x40000;
  return (valueOf(pattern) + valueOf(pattern + 0x3ffff)) / 2;
}

/** Whether a bucket's values are above 0. */
export const aboveZero = (bucket: number): boolean => bucket > 0 && !negative(bucket);

// Σx = ± (n·b + u·Σr)      Σx² = n·b² + 2·b·u·Σr + (64·u)²·Σs²      b the bucket's bound, u its last place, r the rest, s = r ÷ 64
/** Mean and standard deviation (of the population) of a unit's buckets. */
export function momentsOf(list: readonly Bucket[]): { readonly count: number; readonly mean: number; readonly std: number } {
  let [count, total, squared] = [0, 0, 0];
  for (const { bucket, count: n, sum, squares } of list) {
    const pattern = (bucket % (buckets / 2)) * 0x40000;
    const bound = valueOf(pattern);
    const unit = valueOf(pattern + 1) - bound;
    count += n;
    total += (negative(bucket) ? -1 : 1) * (n * bound + unit * sum);
    squared += n * bound * bound + 2 * bound * unit * sum + (64 * unit) ** 2 * squares;
  }
  if (count === 0) return { count, mean: NaN, std: NaN };
  const mean = total / count;
  return { count, mean, std: Math.sqrt(Math.max(0, squared / count - mean * mean)) };
}

/** The middle of the bucket that holds a quantile (0..1): within 1/64 of it. */
export function quantileOf(list: readonly Bucket[], quantile: number): number {
  const count = list.reduce((sum, bucket) => sum + bucket.count, 0);
  const rank = Math.max(1, Math.ceil(quantile * count));
  let below = 0;
  for (const { bucket, count: n } of list) {
    below += n;
    if (below >= rank) return middleOf(bucket);
  }
  return NaN;
}
