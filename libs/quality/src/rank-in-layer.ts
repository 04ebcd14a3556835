/** Where a unit stands among those of its layer in one picture. */
export interface LayerRank {
  /** From 1: nothing in the layer is nearer to, or further beyond, what natural pictures make of it. */
  readonly rank: number;
  /** Units that were compared, this one among them. */
  readonly of: number;
}

/**
 * The rank of a unit in its layer by peak ÷ natural maximum, for one picture; equal units share the better rank.
 *
 * `peaks` are the largest activations in the picture, `naturalMax` the largest in all pictures of the data set, by unit. Units that no
 * natural picture raises above 0, or of which nothing is known, are left out. Undefined where the unit itself is.
 */
export function rankInLayer(unit: number, peaks: Float32Array, naturalMax: ReadonlyMap<number, number>): LayerRank | undefined {
  const own = naturalMax.get(unit);
  if (own === undefined || !(own > 0)) return undefined;
  const ratio = peaks[unit]! / own;
  let [rank, of] = [1, 0];
  for (const [other, most] of naturalMax) {
    if (!(most > 0)) continue;
    of++;
    if (peaks[other]! / most > ratio) rank++;
  }
  return { rank, of };
}
