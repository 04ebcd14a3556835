import { byId, type SampleRef } from './sample-ref.js';
import type { LayerTally } from './layer-tally.js';

/** A picture chosen for a unit. */
export interface Exemplar {
  readonly kind: 'top' | 'bottom' | 'quantile';
  readonly rank: number;
  readonly quantile: number | null;
  readonly sample: SampleRef;
  readonly value: number;
}

/** The shares at which `count` quantile exemplars stand: evenly spaced, without the ends, which are top and bottom. */
export const quantileShares = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => (i + 1) / (count + 1));

/** The exemplars of one unit: top, bottom, quantiles, each kind by rank and of different pictures; fewer where there are fewer pictures. */
export function exemplarsOf(tally: LayerTally, unit: number, quantiles: number): readonly Exemplar[] {
  const rising = tally.sampled
    .map(({ sample, values }) => ({ sample, value: values[unit]! }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.value - b.value || byId(a.sample, b.sample));
  const shares = quantileShares(quantiles);
  const places = shares.map((share) => Math.round(share * (rising.length - 1)));
  return [
    ...tally.top.of(unit).map(({ sample, value }, rank): Exemplar => ({ kind: 'top', rank, quantile: null, sample, value })),
    ...tally.bottom.of(unit).map(({ sample, value }, rank): Exemplar => ({ kind: 'bottom', rank, quantile: null, sample, value })),
    ...places.flatMap((place, rank): Exemplar[] => (rising[place] === undefined || places.indexOf(place) !== rank ? [] : [{ kind: 'quantile', rank, quantile: shares[rank]!, ...rising[place] }])),
  ];
}
