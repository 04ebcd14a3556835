import { byId, type SampleRef } from './sample-ref.js';

/** A picture with a unit's activation in it. */
export interface Ranked {
  readonly sample: SampleRef;
  readonly value: number;
}

/**
 * The best pictures of each of many units: the highest values (`falling`) or the lowest, each picture once.
 *
 * A total order (value, then sample id) decides, so the outcome depends on what was added and not on the order in which.
 */
export class Ranking {
  readonly units: number;
  readonly size: number;
  readonly #sign: 1 | -1;
  readonly #values: Float32Array;
  readonly #samples: (SampleRef | undefined)[];
  readonly #counts: Int32Array;

  constructor(units: number, size: number, order: 'falling' | 'rising') {
    this.units = units;
    this.size = size;
    this.#sign = order === 'falling' ? 1 : -1;
    this.#values = new Float32Array(units * size);
    this.#samples = new Array<SampleRef | undefined>(units * size).fill(undefined);
    this.#counts = new Int32Array(units);
  }

  /** `value` must be finite. */
  add(unit: number, value: number, sample: SampleRef): void {
    const first = unit * this.size;
    const count = this.#counts[unit]!;
    if (count === this.size && (count === 0 || !this.#before(value, sample, first + count - 1))) return;
    let end = first + count;
    for (let at = first; at < end; at++) {
      if (this.#samples[at]!.sha256 !== sample.sha256) continue;
      if (!this.#before(value, sample, at)) return;
      this.#remove(at, end--);
      break;
    }
    if (end === first + this.size) end--; // the last one leaves
    let at = end;
    while (at > first && this.#before(value, sample, at - 1)) {
      this.#values[at] = this.#values[at - 1]!;
      this.#samples[at] = this.#samples[at - 1];
      at--;
    }
    this.#values[at] = value;
    this.#samples[at] = sample;
    this.#counts[unit] = end - first + 1;
  }

  /** Best first. */
  of(unit: number): readonly Ranked[] {
    return Array.from({ length: this.#counts[unit]! }, (_, i) => {
      const at = unit * this.size + i;
      return { sample: this.#samples[at]!, value: this.#values[at]! };
    });
  }

  #before(value: number, sample: SampleRef, at: number): boolean {
    const there = this.#values[at]!;
    return value === there ? byId(sample, this.#samples[at]!) < 0 : value * this.#sign > there * this.#sign;
  }

  #remove(at: number, end: number): void {
    for (let i = at; i + 1 < end; i++) {
      this.#values[i] = this.#values[i + 1]!;
      this.#samples[i] = this.#samples[i + 1];
    }
    this.#samples[end - 1] = undefined;
  }
}
