import { similarity, type Percept } from './similarity.js';

/**
 * Whether pictures of one unit from different seeds are alike: the share of triplets (a, b, o), a and b two seeds of the unit and o a
 * picture of another unit, in which a is more like b than like o; ties count half. 1: always; 0.5: seeds have no more in
 * common than units do.
 *
 * It is the area under the ROC curve of telling the unit's own pictures from others' by similarity (Mann and Whitney's U ÷ pairs), which
 * needs no scale of similarities. Null for fewer than two seeds, or without others.
 */
export function seedAgreement(seeds: readonly Percept[], others: readonly Percept[]): number | null {
  if (seeds.length < 2 || others.length === 0) return null;
  let [sum, count] = [0, 0];
  for (const [i, a] of seeds.entries()) {
    const apart = others.map((other) => similarity(a, other));
    for (const [j, b] of seeds.entries()) {
      if (i === j) continue;
      const together = similarity(a, b);
      for (const other of apart) sum += together > other ? 1 : together === other ? 0.5 : 0;
      count += apart.length;
    }
  }
  return sum / count;
}
