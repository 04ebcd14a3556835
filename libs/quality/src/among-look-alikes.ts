import { drawn } from './drawn.js';
import { meanSimilarity, type Choice } from './forced-choice.js';
import type { Likeness } from './likeness-of.js';
import { similarity, type Percept } from './similarity.js';

/** A picture as the judge sees it, and as the same network with weights drawn anew does, or several: `plain` is what needs no learning to be seen. */
export interface SeenTwice {
  readonly judged: Percept;
  readonly plain: Percept;
}

/**
 * How much of what a unit's exemplars have in common is more than looks: the share of N forced choices between an exemplar and its look-alike that a
 * judge answers rightly, by up to K other exemplars; 0.5 is chance.
 *
 * The look-alike is the picture of `rest` that is most like the exemplar to networks with random weights. Their mean similarity approaches the kernel of
 * all networks of their kind (Neal 1996; Lee et al. 2018), in which a random unit's exemplars are alike for contrast and colour alone; the better those are
 * matched, the less is left by which to tell them, while a trained unit's content remains: the control of Adebayo et al. 2018 ("Sanity checks for saliency maps")
 * made part of the choice. No picture matches another fully: what the judge sees of looks is to be taken out of `judged` first (beyond-looks.ts). The judge must be
 * trained: an untrained one knows its own random features again.
 *
 * `alike` compares plain percepts. Null for fewer than two exemplars, or where `rest` is empty.
 */
export function amongLookAlikes(top: readonly SeenTwice[], rest: readonly SeenTwice[], { trials, references, below }: Choice, alike: Likeness = similarity): number | null {
  if (top.length < 2 || rest.length === 0 || trials < 1) return null;
  const twins = top.map(({ plain }) => nearest(plain, rest, alike));
  let right = 0;
  for (let trial = 0; trial < trials; trial++) {
    const query = below(top.length);
    const shown = drawn(top.filter((_, i) => i !== query), references, below).map(({ judged }) => judged);
    const [own, twin] = [top[query]!, twins[query]!].map(({ judged }) => meanSimilarity(judged, shown)) as [number, number];
    right += own > twin ? 1 : own === twin ? 0.5 : 0;
  }
  return right / trials;
}

/** The most similar of some pictures; the first of several. */
function nearest(to: Percept, among: readonly SeenTwice[], alike: Likeness): SeenTwice {
  return among.map((one) => ({ one, likeness: alike(to, one.plain) })).reduce((best, next) => (next.likeness > best.likeness ? next : best)).one;
}
