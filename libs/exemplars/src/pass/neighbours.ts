import type { LayerTally } from './layer-tally.js';

export interface UnitNeighbour {
  readonly unit: number;
  /** Correlation of the two units' activations over the sampled pictures. */
  readonly similarity: number;
  /** Top exemplars that both have. */
  readonly shared: number;
}

/**
 * The units of a layer that answer most like those of a range (all), most similar first: `most` by the correlation of their activations over the
 * sampled pictures, and `most` by the number of top exemplars in common, which may be the same. Of a large data set the sample holds few of
 * the pictures that excite a unit most; those are what the exemplars know. Units that do not vary in the sample have none.
 */
export function neighboursOf(tally: LayerTally, [start, end]: readonly [start: number, end: number] = [0, tally.size.units], most = 5): readonly (readonly UnitNeighbour[])[] {
  const { units } = tally.size;
  const profiles = Array.from({ length: units }, (_, unit) => normalised(Float64Array.from(tally.sampled, ({ values }) => values[unit]!)));
  const sharing = sharedExemplars(tally);
  return profiles.slice(start, end).map((first, at) => {
    const all: UnitNeighbour[] = [];
    const shared = sharing(start + at);
    for (let unit = 0; unit < units; unit++) {
      const second = profiles[unit];
      if (first === undefined || second === undefined || unit === start + at) continue;
      let similarity = 0;
      for (let i = 0; i < first.length; i++) similarity += first[i]! * second[i]!;
      all.push({ unit, similarity, shared: shared.get(unit) ?? 0 });
    }
    const alike = all.sort((a, b) => b.similarity - a.similarity || a.unit - b.unit).slice(0, most);
    const sharers = all.filter((one) => one.shared > 0).sort((a, b) => b.shared - a.shared).slice(0, most);
    return [...alike, ...sharers.filter((one) => !alike.includes(one)).sort((a, b) => b.similarity - a.similarity || a.unit - b.unit)];
  });
}

/** For a unit: how many of its top exemplars each other unit has too; those that share none are not there. */
function sharedExemplars({ top, size: { units } }: LayerTally): (unit: number) => ReadonlyMap<number, number> {
  const holders = new Map<string, number[]>();
  for (let unit = 0; unit < units; unit++) {
    for (const { sample: { id } } of top.of(unit)) {
      const list = holders.get(id);
      if (list === undefined) holders.set(id, [unit]);
      else list.push(unit);
    }
  }
  return (unit) => {
    const counts = new Map<number, number>();
    for (const { sample: { id } } of top.of(unit)) for (const other of holders.get(id)!) counts.set(other, (counts.get(other) ?? 0) + 1);
    counts.delete(unit);
    return counts;
  };
}

/** Without its mean and of length 1; undefined where it does not vary, or is not all numbers. */
function normalised(values: Float64Array): Float64Array | undefined {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
  return length > 1e-6 * Math.abs(mean) * Math.sqrt(values.length) && Number.isFinite(length) && length > 0 ? centred.map((value) => value / length) : undefined;
}
