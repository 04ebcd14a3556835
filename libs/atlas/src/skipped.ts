import { text, word } from './column-type.js';
import { defineTable } from './table.js';
import { writeTable } from './write-table.js';

/** A sample of the data set that could not be used. */
export interface SkippedRow {
  readonly sampleId: string;
  /** Code of the error. */
  readonly code: string;
  readonly reason: string;
}

export const skippedTable = defineTable<SkippedRow>('skipped', 1024, { sampleId: text, code: word, reason: text });

/** `skipped.parquet`: in the order of the data set. Errors: ATLAS_BAD_ROW. */
export function writeSkipped(rows: readonly SkippedRow[]): Uint8Array {
  return writeTable(skippedTable, rows);
}
