import { bytes, float32, int32, int53, list, oneOf, optional, text, word } from './column-type.js';
import { healthFlags, type Health } from './health.js';
import { defineTable } from './table.js';
import { writeTable } from './write-table.js';

/** One synthesised picture of one unit. */
export interface SynthesisRow {
  /** Layer id. */
  readonly layer: string;
  /** Channel, from 0. */
  readonly unit: number;
  /** Which of the sweep's synthesis views, from 0: two may share prior and objective. */
  readonly view: number;
  readonly prior: string;
  readonly priorVersion: number;
  readonly objective: string;
  readonly objectiveVersion: number;
  readonly seed: number;
  /** Ascent steps taken. */
  readonly steps: number;
  /** Before the first step. */
  readonly scoreStart: number;
  /** After the last step. */
  readonly score: number;
  /** Scores on the way, evenly spaced, oldest first. */
  readonly scoreTrace: readonly number[];
  readonly imageFormat: 'png' | 'webp';
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** Empty for a healthy picture. */
  readonly health: readonly Health[];
  /** The flags explained in words; empty for a healthy picture. */
  readonly reason: string;
  /** A JSON document: enough to make the picture again. */
  readonly provenance: string;
  /** The encoded picture; null where none could be made. */
  readonly image: Uint8Array | null;
}

// The picture lies last, so that all a unit has but its picture is one run of bytes in its row group.
// Row groups of 16: with pictures of 30 kB about half a megabyte, and 2 kB of footer for each.
export const synthesisTable = defineTable<SynthesisRow>('synthesis', 16, {
  layer: word,
  unit: int32,
  view: int32,
  prior: word,
  priorVersion: int32,
  objective: word,
  objectiveVersion: int32,
  seed: int53,
  steps: int32,
  scoreStart: float32,
  score: float32,
  scoreTrace: list(float32),
  imageFormat: oneOf('png', 'webp'),
  width: int32,
  height: int32,
  health: list(oneOf(...healthFlags)),
  reason: text,
  provenance: text,
  image: optional(bytes),
});

/** `synthesis/<layer>/*.parquet`: pictures of one shard, in the order given. Errors: ATLAS_BAD_ROW. */
export function writeSynthesis(rows: readonly SynthesisRow[]): Uint8Array {
  return writeTable(synthesisTable, rows);
}
