import type { LayerTally } from './layer-tally.js';

export interface UnitNeighbour {
  readonly unit: number;
  readonly similarity: number;
}

/**
 * The units of a layer that answer most like those of a range (all), nearest first: by the correlation of their activations over the
 * sampled pictures. Units that do not vary there have none.
 */
export function neighboursOf(tally: LayerTally, [start, end]: readonly [start: number, end: number] = [0, tally.size.units], most = 5): readonly (readonly UnitNeighbour[])[] {
  const { units } = tally.size;
  const count = tally.sampled.length;
  const profiles = Array.from({ length: units }, (_, unit) => normalised(Float64Array.from(tally.sampled, ({ values }) => values[unit]!)));
  const offer = (list: UnitNeighbour[], unit: number, similarity: number): void => {
    if (list.length === most && similarity <= list[most - 1]!.similarity) return;
    let at = list.length;
    while (at > 0 && (list[at - 1]!.similarity < similarity || (list[at - 1]!.similarity === similarity && list[at - 1]!.unit > unit))) at--;
    list.splice(at, 0, { unit, similarity });
    if (list.length > most) list.pop();
  };
  return profiles.slice(start, end).map((first, at) => {
    const list: UnitNeighbour[] = [];
    for (let unit = 0; unit < units; unit++) {
      const second = profiles[unit];
      if (first === undefined || second === undefined || unit === start + at) continue;
      let similarity = 0;
      for (let i = 0; i < count; i++) similarity += first[i]! * second[i]!;
      offer(list, unit, similarity);
    }
    return list;
  });
}

/** Without its mean and of length 1; undefined where it does not vary, or is not all numbers. */
function normalised(values: Float64Array): Float64Array | undefined {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
  return length > 1e-6 * Math.abs(mean) * Math.sqrt(values.length) && Number.isFinite(length) && length > 0 ? centred.map((value) => value / length) : undefined;
}
