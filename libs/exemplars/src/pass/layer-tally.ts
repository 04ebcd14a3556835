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
    this.addBatch([sample], values, 0, values.length);
  }

  /** Pictures of a batch: unit u of picture i is `values[first + i · stride + u]`; copied where it is kept. Unit by unit, which is what caches like. */
  addBatch(samples: readonly SampleRef[], values: Float32Array, first: number, stride: number): void {
    this.pictures += samples.length;
    for (let unit = 0; unit < this.size.units; unit++) {
      for (let i = 0, at = first + unit; i < samples.length; i++, at += stride) {
        const value = values[at]!;
        if (!Number.isFinite(value)) {
          this.notFinite[unit]! += 1;
          continue;
        }
        this.sketch.add(unit, value);
        this.top.add(unit, value, samples[i]!);
        this.bottom.add(unit, value, samples[i]!);
      }
    }
    samples.forEach((sample, i) => this.#sample(sample, () => values.slice(first + i * stride, first + i * stride + this.size.units)));
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
    if (list.length === sampledPictures && sample.sha256 > list.at(-1)!.sample.sha256) return;
    let [at, end] = [0, list.length];
    while (at < end) {
      const middle = (at + end) >>> 1;
      if (list[middle]!.sample.sha256 < sample.sha256) at = middle + 1;
      else end = middle;
    }
    const same = list[at];
    if (same?.sample.sha256 === sample.sha256) {
      if (byId(sample, same.sample) < 0) list[at] = { sample, values: values() };
      return;
    }
    list.splice(at, 0, { sample, values: values() });
    if (list.length > sampledPictures) list.pop();
  }
}
