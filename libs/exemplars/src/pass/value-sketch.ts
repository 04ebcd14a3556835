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
  /** Count, sum and sum of squares of each slot, side by side. */
  #totals: Float64Array;
  /** Slots between the first of one unit and the first of the next. */
  #stride: number;
  #used = 0;

  constructor(units: number) {
    this.units = units;
    this.#keys = new Int32Array(1024).fill(-1);
    this.#totals = new Float64Array(3 * 1024);
    this.#stride = strideOf(1024, units);
  }

  /** `value` must be finite. */
  add(unit: number, value: number): void {
    float[0] = value;
    const all = value === 0 ? 0 : bits[0]!;
    const rest = all & 0x3ffff;
    const short = rest >>> 6;
    const at = 3 * this.#slot(unit, all >>> 18);
    const totals = this.#totals;
    totals[at]! += 1;
    totals[at + 1]! += rest;
    totals[at + 2]! += short * short;
  }

  addBucket(unit: number, { bucket, count, sum, squares }: Bucket): void {
    const at = 3 * this.#slot(unit, bucket);
    this.#totals[at]! += count;
    this.#totals[at + 1]! += sum;
    this.#totals[at + 2]! += squares;
  }

  /** The buckets of every unit, from the smallest value to the largest. */
  byUnit(): readonly (readonly Bucket[])[] {
    const found: Bucket[][] = Array.from({ length: this.units }, () => []);
    this.#keys.forEach((key, slot) => {
      if (key < 0) return;
      const [count, sum, squares] = this.#totals.subarray(3 * slot, 3 * slot + 3);
      found[Math.floor(key / buckets)]!.push({ bucket: key % buckets, count: count!, sum: sum!, squares: squares! });
    });
    for (const list of found) list.sort((a, b) => order(a.bucket) - order(b.bucket));
    return found;
  }

  /**
   * Open addressing: the slot that holds a unit's bucket, or the free one that now does.
   *
   * A unit's buckets lie side by side, a stretch of the table for each unit, so that the values of one unit after the other
   * are counted in the same few cache lines.
   */
  #slot(unit: number, bucket: number): number {
    const key = unit * buckets + bucket;
    const mask = this.#keys.length - 1;
    let slot = (unit * this.#stride + bucket) & mask;
    for (let held = this.#keys[slot]!; held !== key; held = this.#keys[slot]!) {
      if (held === -1) {
        if (this.#used * 2 >= this.#keys.length) {
          this.#grow();
          return this.#slot(unit, bucket);
        }
        this.#keys[slot] = key;
        this.#used++;
        return slot;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [keys, totals] = [this.#keys, this.#totals];
    const size = keys.length * 2;
    this.#keys = new Int32Array(size).fill(-1);
    this.#totals = new Float64Array(3 * size);
    this.#stride = strideOf(size, this.units);
    this.#used = 0;
    keys.forEach((key, from) => {
      if (key >= 0) this.#totals.set(totals.subarray(3 * from, 3 * from + 3), 3 * this.#slot(Math.floor(key / buckets), key % buckets));
    });
  }
}

/** Odd, so that units of a table that is too small for all of them still begin at different slots. */
const strideOf = (slots: number, units: number): number => Math.floor(slots / Math.max(1, units)) | 1;

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
