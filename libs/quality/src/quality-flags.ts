import type { Health } from '@neuron-atlas/atlas';

/** What is measured of a unit and of its best picture; null where it could not be. */
export interface Measured {
  readonly interpretability: number | null;
  readonly seedAgreement: number | null;
  /** Of the unit among its layer in its best picture. */
  readonly rank: { readonly rank: number; readonly of: number } | undefined;
}

/** Of 20 answers at chance one unit in 17 has 14 right or more; one that has fewer than 12 tells nothing from nothing. */
export const leastInterpretable = 0.6;
/** Halfway from chance to units whose seeds are always told apart from others. */
export const leastAgreement = 0.75;
/** Share of the layer that may be raised more. */
export const mostAbove = 0.1;

/** Flags of a unit from what was measured, and the same in words. */
export function qualityFlags({ interpretability, seedAgreement, rank }: Measured): { readonly health: readonly Health[]; readonly reason: string } {
  const found: (readonly [Health, string])[] = [];
  if (rank !== undefined && rank.rank - 1 > mostAbove * rank.of) {
    found.push(['unspecific', `its picture raises ${rank.rank - 1} of ${rank.of} units of the layer further above what natural pictures do`]);
  }
  if (seedAgreement !== null && seedAgreement < leastAgreement) {
    found.push(['seeds-disagree', `its pictures from other seeds are more like each other than like other units' in ${percent(seedAgreement)} of comparisons, 50 % being chance`]);
  }
  if (interpretability !== null && interpretability < leastInterpretable) {
    found.push(['unclear', `from its exemplars a judge tells what excites it in ${percent(interpretability)} of trials, 50 % being chance`]);
  }
  return { health: found.map(([flag]) => flag), reason: found.map(([, words]) => words).join('; ') };
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
