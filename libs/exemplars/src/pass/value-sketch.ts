/**
 * Distributions of float32 values, one for each of many units, that merge exactly, in memory that does not grow with their number.
 *
 * Buckets are the sign, the exponent and the 5 leading bits of the mantissa: 32 an octave, so that the middle of a bucket is
 * within 1/64 of every value in it. Beside its count a bucket holds the sums of what its bounds leave out, as whole numbers
 * of the last place, which add up without rounding: mean and standard deviation are the same for any split of the values, in
 * any order. The sum of squares leaves out 6 of 24 bits, an error below 10⁻⁵ of the value.
 *
 * A unit's buckets reach over the 16 octaves up to its largest magnitude. What is smaller, below 2⁻¹⁵ of that, is less than what the
 * float32 sums of a network are off by: it is counted by its sign alone, in the first bucket of that sign, as numbers that add nothing.
 * Where the octaves begin is decided by the largest magnitude at the end, so order and split do not matter here either.
 */
export class ValueSketch {
  readonly units: number;
  /** Exponent of each unit's largest magnitude; -1 where it had none but zeros. */
  readonly #largest: Int16Array;
  /** By unit: values that are zero, then those too small to keep, above zero and below. */
  readonly #small: Float64Array;
  /** By sign, then unit, octave in turn and bucket: count, sum and sum of squares. Those below zero only where there are any. */
  readonly #totals: [Float64Array, Float64Array | undefined];

  constructor(units: number) {
    this.units = units;
    this.#largest = new Int16Array(units).fill(-1);
    this.#small = new Float64Array(3 * units);
    this.#totals = [new Float64Array(3 * perUnit * units), undefined];
  }

  /** `value` must be finite. */
  add(unit: number, value: number): void {
    float[0] = value;
    const all = bits[0]!;
    const at = this.#place(unit, all >>> 18, 1);
    if (at < 0) return;
    const rest = all & 0x3ffff;
    const short = rest >>> 6;
    const totals = this.#totals[all >>> 31]!;
    totals[at]! += 1;
    totals[at + 1]! += rest;
    totals[at + 2]! += short * short;
  }

  addBucket(unit: number, { bucket, count, sum, squares }: Bucket): void {
    const at = this.#place(unit, bucket, count);
    if (at < 0) return;
    const totals = this.#totals[bucket >>> 13]!;
    totals[at]! += count;
    totals[at + 1]! += sum;
    totals[at + 2]! += squares;
  }

  /** The buckets of every unit, from the smallest value to the largest. */
  byUnit(): readonly (readonly Bucket[])[] {
    return Array.from({ length: this.units }, (_, unit) => {
      const [zeros, above, below] = this.#small.subarray(3 * unit, 3 * unit + 3) as unknown as [number, number, number];
      const list = [...this.#octaves(unit, 0), ...this.#octaves(unit, 1)];
      if (zeros > 0) list.push({ bucket: 0, count: zeros, sum: 0, squares: 0 });
      if (above > 0) list.push({ bucket: smallest[0], count: above, sum: 0, squares: 0 });
      if (below > 0) list.push({ bucket: smallest[1], count: below, sum: 0, squares: 0 });
      return list.sort((a, b) => order(a.bucket) - order(b.bucket));
    });
  }

  /** Where a bucket's totals are; -1 where it is counted among the small ones, which this has then done. */
  #place(unit: number, bucket: number, count: number): number {
    const magnitude = bucket & (buckets / 2 - 1);
    if (magnitude === 0) {
      this.#small[3 * unit]! += count;
      return -1;
    }
    const exponent = magnitude >>> 5;
    const largest = this.#largest[unit]!;
    if (exponent > largest) this.#raise(unit, exponent);
    else if (exponent <= largest - octaves) {
      this.#small[3 * unit + 1 + (bucket >>> 13)]! += count;
      return -1;
    }
    if (bucket >>> 13 === 1) this.#totals[1] ??= new Float64Array(this.#totals[0].length);
    return 3 * (unit * perUnit + (exponent % octaves) * 32 + (magnitude & 31));
  }

  /** A larger magnitude than any before: the octaves that are now too small give way. */
  #raise(unit: number, exponent: number): void {
    const largest = this.#largest[unit]!;
    this.#largest[unit] = exponent;
    if (largest < 0) return;
    for (let gone = Math.max(0, largest - octaves + 1); gone <= Math.min(largest, exponent - octaves); gone++) {
      const first = 3 * (unit * perUnit + (gone % octaves) * 32);
      this.#totals.forEach((totals, sign) => {
        if (totals === undefined) return;
        for (let at = first; at < first + 96; at += 3) this.#small[3 * unit + 1 + sign]! += totals[at]!;
        totals.fill(0, first, first + 96);
      });
    }
  }

  *#octaves(unit: number, sign: 0 | 1): Generator<Bucket> {
    const [totals, largest] = [this.#totals[sign], this.#largest[unit]!];
    if (totals === undefined || largest < 0) return;
    for (let exponent = Math.max(0, largest - octaves + 1); exponent <= largest; exponent++) {
      for (let step = 0; step < 32; step++) {
        const at = 3 * (unit * perUnit + (exponent % octaves) * 32 + step);
        if (totals[at]! > 0) yield { bucket: sign * (buckets / 2) + exponent * 32 + step, count: totals[at]!, sum: totals[at + 1]!, squares: totals[at + 2]! };
      }
    }
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
/** Kept of each unit, up to its largest magnitude. */
const octaves = 16;
const perUnit = octaves * 32;
/** Stand for all values too small to keep, above zero and below. */
const smallest = [1, buckets / 2 + 1] as const;
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
