import type { UnitRow } from './units.js';

/** One unit in two atlases. */
export interface UnitPair {
  readonly unit: number;
  readonly one: UnitRow;
  readonly two: UnitRow;
  /** 0 for the same score, 1 where one of them has none of the other's; unknown where a score is missing. */
  readonly change: number | null;
  /** Flags that only one of them has. */
  readonly flags: readonly string[];
}

/** The units that both have, the most changed first: change of health, then of score; those without a score last. */
export function compareUnits(ones: readonly UnitRow[], twos: readonly UnitRow[]): readonly UnitPair[] {
  const others = new Map(twos.map((row) => [row.unit, row]));
  const pairs = ones.flatMap((one): UnitPair[] => {
    const two = others.get(one.unit);
    if (two === undefined) return [];
    const flags = [...one.health.filter((flag) => !two.health.includes(flag)), ...two.health.filter((flag) => !one.health.includes(flag))];
    return [{ unit: one.unit, one, two, change: changeOf(one.score, two.score), flags }];
  });
  return pairs.sort((a, b) => b.flags.length - a.flags.length || (b.change ?? -1) - (a.change ?? -1) || a.unit - b.unit);
}

// change = |a − b| / max(|a|, |b|), at most 1
function changeOf(a: number | null, b: number | null): number | null {
  if (a === null || b === null || !Number.isFinite(a) || !Number.isFinite(b)) return null;
  const size = Math.max(Math.abs(a), Math.abs(b));
  return size === 0 ? 0 : Math.min(1, Math.abs(a - b) / size);
}
