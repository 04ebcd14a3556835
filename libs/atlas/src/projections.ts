import { bytes, int32, oneOf, optional, word } from './column-type.js';
import { exemplarKinds, pictureBox, type ExemplarKind, type PictureBox } from './exemplars.js';
import { defineTable } from './table.js';
import { writeTable } from './write-table.js';

/** How an activation was carried back to the pixels. */
export const projectionMethods = ['deconvnet', 'guided', 'gradient'] as const;
export type ProjectionMethod = (typeof projectionMethods)[number];

/** What of an exemplar excites the unit: its activation carried back to the pixels. */
export interface ProjectionRow {
  /** Layer id. */
  readonly layer: string;
  /** Channel, from 0. */
  readonly unit: number;
  /** The exemplar that it is of. */
  readonly kind: ExemplarKind;
  readonly rank: number;
  readonly method: ProjectionMethod;
  /** What was sent back from the unit: its activation, or 1. */
  readonly seed: 'activation' | 'one';
  /** The same rectangle as the exemplar's. */
  readonly box: PictureBox;
  readonly imageFormat: 'png' | 'webp' | 'jpeg';
  readonly width: number;
  readonly height: number;
  /** The projection, encoded: grey is zero; null where none could be made. */
  readonly image: Uint8Array | null;
}

export const projectionTable = defineTable<ProjectionRow>('projections', 32, {
  layer: word,
  unit: int32,
  kind: oneOf(...exemplarKinds),
  rank: int32,
  method: oneOf(...projectionMethods),
  seed: oneOf('activation', 'one'),
  box: pictureBox,
  imageFormat: oneOf('png', 'webp', 'jpeg'),
  width: int32,
  height: int32,
  image: optional(bytes),
});

/** `projections/<layer>/*.parquet`: by unit, kind and rank. Errors: ATLAS_BAD_ROW. */
export function writeProjections(rows: readonly ProjectionRow[]): Uint8Array {
  return writeTable(projectionTable, rows);
}
