import { drawn } from './drawn.js';
import { similarity, type Percept } from './similarity.js';

export interface Choice {
  /** Number of trials, N. */
  readonly trials: number;
  /** Explanations a side and trial at most, K. */
  readonly references: number;
  /** A whole number, 0 to bound − 1, each equally likely. */
  readonly below: (bound: number) => number;
}

/**
 * Machine interpretability of a unit: the share of N two-alternative forced choices that a judge answers rightly; 0.5 is chance.
 *
 * A trial has two queries, one of the unit's top exemplars and one of its bottom ones, and as explanations K others of each kind:
 * E⁺ and E⁻. With S(q, E) the mean similarity of a query to a set, the judge takes the query with the larger
 * S(q, E⁺) − S(q, E⁻) for the one that excites the unit; a tie is half an answer. The task is that of Borowski et al. 2021 and
 * Zimmermann et al. 2023 with a machine in place of the person, as in the Machine Interpretability Score (Zimmermann et al.
 * 2024). That score passes the difference through a sigmoid fitted to people and a perceptual model (DreamSim); here the answer counts.
 * Published: N = 20, K = 9, of 200 exemplars a side. Of fewer, trials share pictures, and K is at most one less than there are.
 *
 * Null where a side has fewer than two exemplars.
 */
export function interpretability(top: readonly Percept[], bottom: readonly Percept[], { trials, references, below }: Choice): number | null {
  const count = Math.min(references, top.length - 1, bottom.length - 1);
  if (count < 1 || trials < 1) return null;
  let right = 0;
  for (let trial = 0; trial < trials; trial++) {
    const [up, down] = [drawn(top, count + 1, below), drawn(bottom, count + 1, below)];
    const [high, ...above] = up as [Percept, ...Percept[]];
    const [low, ...beneath] = down as [Percept, ...Percept[]];
    const leaning = (query: Percept): number => meanSimilarity(query, above) - meanSimilarity(query, beneath);
    right += answer(leaning(high), leaning(low));
  }
  return right / trials;
}

/**
 * How well pictures explain a unit: the same choice with those pictures as the only explanations, E⁺, and natural exemplars as
 * queries; 0.5 is chance. It is the synthetic condition of Borowski et al. 2021, without pictures of what the unit is against.
 *
 * Null without pictures, or where a side has no exemplar.
 */
export function explains(pictures: readonly Percept[], top: readonly Percept[], bottom: readonly Percept[], { trials, references, below }: Choice): number | null {
  if (pictures.length === 0 || top.length === 0 || bottom.length === 0 || trials < 1) return null;
  let right = 0;
  for (let trial = 0; trial < trials; trial++) {
    const shown = drawn(pictures, references, below);
    const [high, low] = [top[below(top.length)]!, bottom[below(bottom.length)]!];
    right += answer(meanSimilarity(high, shown), meanSimilarity(low, shown));
  }
  return right / trials;
}

const answer = (high: number, low: number): number => (high > low ? 1 : high === low ? 0.5 : 0);

export function meanSimilarity(one: Percept, set: readonly Percept[]): number {
  return set.reduce((sum, other) => sum + similarity(one, other), 0) / set.length;
}
