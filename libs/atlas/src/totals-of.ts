import { healthFlags } from './health.js';
import type { AtlasFile, AtlasTotals } from './manifest.js';
import type { UnitRow } from './units.js';

/** What the units tables, one list per layer, and the files add up to. */
export function totalsOf(layers: readonly (readonly UnitRow[])[], files: readonly AtlasFile[]): AtlasTotals {
  const units = layers.flat();
  const healthy = units.filter(({ health }) => health.length === 0).length;
  const flags = Object.fromEntries(healthFlags.map((flag) => [flag, units.filter(({ health }) => health.includes(flag)).length])) as Record<(typeof healthFlags)[number], number>;
  const rowsOf = (kind: AtlasFile['kind']): number => files.filter((file) => file.kind === kind).reduce((sum, { rows }) => sum + rows, 0);
  return { layers: layers.length, units: units.length, pictures: rowsOf('synthesis'), exemplars: rowsOf('exemplars'), projections: rowsOf('projections'), healthy, flagged: units.length - healthy, ...flags };
}
