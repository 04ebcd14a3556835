import type { LayerTally } from './layer-tally.js';
import { aboveZero, type Bucket, middleOf, momentsOf, quantileOf } from './value-sketch.js';

/** How a unit answers to the pictures, one value (its largest activation) a picture; null where no picture gave a number. */
export interface UnitSummary {
  readonly max: number | null;
  readonly min: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  readonly p01: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly fractionActive: number | null;
  readonly histogram: readonly number[] | null;
  readonly histogramEdges: readonly number[] | null;
  readonly samples: number;
  readonly samplesNotFinite: number;
}

const bins = 32;

/** The summaries of all units of a layer. `extremes` are exact, quantiles within 1/64 of their value. */
export function summariesOf(tally: LayerTally): readonly UnitSummary[] {
  return tally.sketch.byUnit().map((list, unit) => summary(tally, unit, list));
}

function summary(tally: LayerTally, unit: number, list: readonly Bucket[]): UnitSummary {
  const counts = { samples: tally.pictures, samplesNotFinite: tally.notFinite[unit]! };
  if (list.length === 0) {
    return { max: null, min: null, mean: null, std: null, p01: null, p50: null, p99: null, fractionActive: null, histogram: null, histogramEdges: null, ...counts };
  }
  const { count, mean, std } = momentsOf(list);
  const max = tally.top.of(unit)[0]?.value ?? middleOf(list.at(-1)!.bucket);
  const min = tally.bottom.of(unit)[0]?.value ?? middleOf(list[0]!.bucket);
  const inside = (value: number): number => Math.min(max, Math.max(min, value));
  const active = list.filter(({ bucket }) => aboveZero(bucket)).reduce((sum, { count: n }) => sum + n, 0);
  const histogram = new Array<number>(bins).fill(0);
  for (const { bucket, count: n } of list) {
    const share = max > min ? (inside(middleOf(bucket)) - min) / (max - min) : 0;
    histogram[Math.min(bins - 1, Math.floor(share * bins))]! += n;
  }
  return {
    max, min, mean: inside(mean), std: max === min ? 0 : std,
    p01: inside(quantileOf(list, 0.01)), p50: inside(quantileOf(list, 0.5)), p99: inside(quantileOf(list, 0.99)),
    fractionActive: active / count, histogram, histogramEdges: Array.from({ length: bins + 1 }, (_, i) => min + ((max - min) * i) / bins), ...counts,
  };
}
