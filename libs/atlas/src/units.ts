import { float32, int32, int53, list, optional, struct, word } from './column-type.js';
import { errors } from './errors.js';
import { noQuality, qualityFields, type UnitQuality } from './quality.js';
import { statisticsFields, type UnitStatistics } from './statistics.js';
import { defineTable } from './table.js';
import { findingFields, type UnitFindings } from './unit-findings.js';
import { writeTable } from './write-table.js';

/** The best picture of a unit in one view: the highest score of its seeds. */
export interface BestScore {
  readonly view: number;
  readonly prior: string;
  readonly objective: string;
  readonly seed: number;
  readonly scoreStart: number;
  readonly score: number;
}

/** What is known of one unit. Statistics are null where no data set was read, quality where it was not asked for. */
export interface UnitRow extends UnitFindings, UnitStatistics, UnitQuality {
  /** Of the first view that has a picture; null where there is none. */
  readonly scoreStart: number | null;
  readonly score: number | null;
  /** One per view that has a picture, in the order of the views. */
  readonly bestScores: readonly BestScore[];
  /** `score` ÷ `naturalMax`, where both are there and naturalMax is above zero. */
  readonly syntheticOverNatural: number | null;
}

export const unitTable = defineTable<UnitRow>('units', 1024, {
  ...findingFields,
  scoreStart: optional(float32),
  score: optional(float32),
  bestScores: list(struct<BestScore>({ view: int32, prior: word, objective: word, seed: int53, scoreStart: float32, score: float32 })),
  ...statisticsFields,
  syntheticOverNatural: optional(float32),
  ...qualityFields,
});

/** The statistics and quality of a unit, where no data set was read. */
export const noMeasures = {
  max: null, min: null, mean: null, std: null, p01: null, p50: null, p99: null, fractionActive: null, histogram: null, histogramEdges: null,
  samples: null, samplesNotFinite: null, naturalMax: null, neighbours: null, syntheticOverNatural: null, ...noQuality,
} as const satisfies Partial<UnitRow>;

/** `units/<layer>.parquet`: all units of one layer, by rising unit. Errors: ATLAS_BAD_ROW, ATLAS_UNIT_TWICE. */
export function writeUnits(layer: string, rows: readonly UnitRow[]): Uint8Array {
  rows.forEach((row, index) => {
    if (row.layer !== layer) {
      throw errors.badRow({ table: unitTable.name, row: index, field: 'layer', problem: `must be ${layer}, got ${row.layer}` });
    }
    const before = rows[index - 1];
    if (before !== undefined && row.unit === before.unit) throw errors.unitTwice({ layer, unit: row.unit, what: 'units table', path: 'the rows given' });
    if (before !== undefined && row.unit < before.unit) {
      throw errors.badRow({ table: unitTable.name, row: index, field: 'unit', problem: `must be above ${before.unit}, got ${row.unit}` });
    }
  });
  return writeTable(unitTable, rows);
}
