import { Ranking } from './ranking.js';
import { byId, type SampleRef } from './sample-ref.js';
import { ValueSketch } from './value-sketch.js';

export interface TallySize {
  readonly units: number;
  readonly top: number;
  readonly bottom: number;
}

/** All units' values in one picture. */
export interface SampledResponse {
  readonly sample: SampleRef;
  readonly values: Float32Array;   // f32[units]
}

/**
 * So many pictures are kept with the values of all units: those whose content has the smallest sha256, which is a random
 * sample of the data set, the same for any split of it. Quantile exemplars are drawn from it; a share of it is off by 3 % at most, one standard error.
 */
export const sampledPictures = 256;

/**
 * What one layer's units did in the pictures seen so far: their best and worst, their distributions, and a sample of
 * pictures with all values. Two tallies of disjoint pictures merge into that of both, bit for bit.
 */
export class LayerTally {
  readonly size: TallySize;
  readonly top: Ranking;
  readonly bottom: Ranking;
  readonly sketch: ValueSketch;
  /** Pictures in which a unit was not a number, or infinite: by unit. They count nowhere else. */
  readonly notFinite: Float64Array;
  /** Pictures seen. */
  pictures = 0;
  /** By rising sha256. */
  sampled: SampledResponse[] = [];

  constructor(size: TallySize) {
    this.size = size;
    this.top = new Ranking(size.units, size.top, 'falling');
    this.bottom = new Ranking(size.units, size.bottom, 'rising');
    this.sketch = new ValueSketch(size.units);
    this.notFinite = new Float64Array(size.units);
  }

  /** One picture: each unit's largest activation in it. `values`: f32[units], copied where it is kept. */
  add(sample: SampleRef, values: Float32Array): void {
    this.pictures++;
    for (let unit = 0; unit < this.size.units; unit++) {
      const value = values[unit]!;
      if (!Number.isFinite(value)) {
        this.notFinite[unit]! += 1;
        continue;
      }
      this.sketch.add(unit, value);
      this.top.add(unit, value, sample);
      this.bottom.add(unit, value, sample);
    }
    this.#sample(sample, () => values.slice());
  }

  merge(other: LayerTally): void {
    this.pictures += other.pictures;
    other.notFinite.forEach((count, unit) => { this.notFinite[unit]! += count; });
    other.sketch.byUnit().forEach((list, unit) => { for (const bucket of list) this.sketch.addBucket(unit, bucket); });
    for (let unit = 0; unit < this.size.units; unit++) {
      for (const { sample, value } of other.top.of(unit)) this.top.add(unit, value, sample);
      for (const { sample, value } of other.bottom.of(unit)) this.bottom.add(unit, value, sample);
    }
    for (const { sample, values } of other.sampled) this.#sample(sample, () => values);
  }

  #sample(sample: SampleRef, values: () => Float32Array): void {
    const list = this.sampled;
    const last = list.at(-1);
    if (list.length === sampledPictures && last !== undefined && bySha(sample, last.sample) > 0) return;
    const same = list.findIndex((one) => one.sample.sha256 === sample.sha256);
    if (same >= 0) {
      if (byId(sample, list[same]!.sample) < 0) list[same] = { sample, values: values() };
      return;
    }
    let at = list.findIndex((one) => bySha(sample, one.sample) < 0);
    if (at < 0) at = list.length;
    list.splice(at, 0, { sample, values: values() });
    if (list.length > sampledPictures) list.pop();
  }
}

const bySha = (a: SampleRef, b: SampleRef): number => (a.sha256 < b.sha256 ? -1 : a.sha256 > b.sha256 ? 1 : byId(a, b));
