import type { Features } from './similarity.js';

/** A picture's features as ranks by layer, centred and of length 1: their products are Spearman's correlations. */
export type Ranks = readonly Float64Array[];

/** Equal values share the mean of their ranks. */
export function ranksOf(features: Features): Ranks {
  return features.map((layer) => {
    const order = Array.from(layer.keys()).sort((a, b) => layer[a]! - layer[b]!);
    const ranks = new Float64Array(layer.length);
    for (let start = 0; start < order.length;) {
      let end = start + 1;
      while (end < order.length && layer[order[end]!] === layer[order[start]!]) end++;
      for (let i = start; i < end; i++) ranks[order[i]!] = (start + end - 1) / 2 - (layer.length - 1) / 2;
      start = end;
    }
    const length = Math.sqrt(ranks.reduce((sum, value) => sum + value * value, 0));
    return length > 0 ? ranks.map((value) => value / length) : ranks;
  });
}

const correlation = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** What natural pictures of a unit have in common along the network, by layer: what a made picture is held against. */
export interface NaturalPath {
  readonly own: readonly Ranks[];
  /** Mean correlation between two natural pictures of the unit, and between one of it and one of another unit. */
  readonly same: readonly number[];
  readonly other: readonly number[];
}

/** Undefined for fewer than two exemplars of the unit, or without any of others. */
export function naturalPath(own: readonly Ranks[], others: readonly Ranks[]): NaturalPath | undefined {
  if (own.length < 2 || others.length === 0) return undefined;
  const layers = own[0]!.map((_, l) => l);
  const pairs = own.flatMap((a, i) => own.slice(i + 1).map((b) => [a, b] as const));
  return {
    own,
    same: layers.map((l) => mean(pairs.map(([a, b]) => correlation(a[l]!, b[l]!)))),
    other: layers.map((l) => mean(own.flatMap((a) => others.map((b) => correlation(a[l]!, b[l]!))))),
  };
}

/**
 * How naturally a network processes a made picture of a unit: 1 as a natural picture that excites the unit, 0 as one that
 * excites another.
 *
 * With ρ Spearman's correlation between the activations of a layer l for two pictures, averaged over pairs:
 * Σ_l (ρ_l(made, natural) − ρ_l(natural, other)) / Σ_l (ρ_l(natural, natural) − ρ_l(natural, other)): the normalised similarity
 * of Geirhos et al. 2024 ("Don't trust your eyes", section 4), summed over layers before it is divided. Activations are means over a layer's
 * map. Null where the unit's natural pictures have no more in common than other pictures have.
 */
export function pathNaturalness(made: Ranks, { own, same, other }: NaturalPath): number | null {
  const reached = made.map((layer, l) => mean(own.map((natural) => correlation(layer, natural[l]!))));
  const room = same.reduce((sum, value, l) => sum + value - other[l]!, 0);
  return room > leastRoom * same.length ? reached.reduce((sum, value, l) => sum + value - other[l]!, 0) / room : null;
}

/** A correlation, by layer, below which the quotient would be noise. */
const leastRoom = 0.01;

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
