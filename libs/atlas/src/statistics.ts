import { float32, int32, int53, list, optional, struct, type Fields } from './column-type.js';
import { defineTable } from './table.js';
import { findingFields, type UnitFindings } from './unit-findings.js';
import { writeTable } from './write-table.js';

/** A unit of the same layer that answers to the pictures alike. */
export interface Neighbour {
  readonly unit: number;
  /** Correlation of the two units' activations over sampled pictures, -1..1. */
  readonly similarity: number;
  /** Top exemplars that both have; null in atlases that did not count them. */
  readonly shared: number | null;
}

/**
 * How a unit answers to the data set: one value a picture, its largest activation there, after the rectifier where one
 * follows. Pictures in which it is not a number are counted apart.
 */
export interface UnitStatistics {
  readonly max: number | null;
  readonly min: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  /** Quantiles, each within 1/64 of its value. */
  readonly p01: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
  /** In 0..1: pictures with an activation above zero. */
  readonly fractionActive: number | null;
  /** Pictures in bins that are equally wide but for the rounding of their edges, and those edges, one more than bins. */
  readonly histogram: readonly number[] | null;
  readonly histogramEdges: readonly number[] | null;
  /** Pictures read, and those of them in which the unit is not a number. */
  readonly samples: number | null;
  readonly samplesNotFinite: number | null;
  /** The best score, under the first view's objective, of the unit's top exemplars: what a synthetic score is held against. */
  readonly naturalMax: number | null;
  /** The most similar first, behind them those that only share many top exemplars. */
  readonly neighbours: readonly Neighbour[] | null;
}

export const statisticsFields: Fields<UnitStatistics> = {
  max: optional(float32),
  min: optional(float32),
  mean: optional(float32),
  std: optional(float32),
  p01: optional(float32),
  p50: optional(float32),
  p99: optional(float32),
  fractionActive: optional(float32),
  histogram: optional(list(int53)),
  histogramEdges: optional(list(float32)),
  samples: optional(int53),
  samplesNotFinite: optional(int53),
  naturalMax: optional(float32),
  neighbours: optional(list(struct<Neighbour>({ unit: int32, similarity: float32, shared: optional(int32) }))),
};

/** The statistics of a unit on their way from the data set to the units table. */
export interface StatisticsRow extends UnitFindings, UnitStatistics {}

export const statisticsTable = defineTable<StatisticsRow>('statistics', 1024, {
  ...findingFields, ...statisticsFields,
});

/** `statistics/<layer>/*.parquet`: by rising unit. Errors: ATLAS_BAD_ROW. */
export function writeStatistics(rows: readonly StatisticsRow[]): Uint8Array {
  return writeTable(statisticsTable, rows);
}
