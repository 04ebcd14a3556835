import type { UnitRow } from '@neuron-atlas/atlas';

export interface RankedUnit {
  readonly unit: number;
  /** Of what excites the unit most: its strongest natural picture, or the one that was climbed to. */
  readonly share: number;
  readonly of: 'natural' | 'climbed';
}

/**
 * The units of a layer that like a picture most, measured against what each of them can reach: a unit with large numbers is
 * not one that likes everything.
 *
 * Against the strongest natural picture where a data set was read, else against the score of the unit's best picture of the
 * objective `channel`, which is a mean over positions as `mean` is. Units that have neither are left out.
 */
export function rankResponses(rows: readonly UnitRow[], responses: { readonly mean: ArrayLike<number>; readonly max: ArrayLike<number> }, most: number): readonly RankedUnit[] {
  const ranked = rows.flatMap((row): RankedUnit[] => {
    const { unit, max } = row;
    if (row.health.includes('dead')) return [];
    if (max !== null && max > 0) return [{ unit, share: (responses.max[unit] ?? NaN) / max, of: 'natural' }];
    const climbed = row.bestScores.find(({ objective, score }) => objective === 'channel' && score > 0);
    return climbed === undefined ? [] : [{ unit, share: (responses.mean[unit] ?? NaN) / climbed.score, of: 'climbed' }];
  });
  return ranked.filter(({ share }) => Number.isFinite(share)).sort((a, b) => b.share - a.share || a.unit - b.unit).slice(0, most);
}
