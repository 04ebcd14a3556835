import { float64, int32, list, oneOf, optional, struct, text, word } from './column-type.js';
import { defineTable } from './table.js';
import { writeTable } from './write-table.js';

/** The part of the input that a unit sees, in pixels, as [y, x]; beyond the borders it is padding. */
export interface ReceptiveField {
  readonly size: readonly number[];
  /** Between neighbouring positions of the layer. */
  readonly stride: readonly number[];
  /** Of the first position's upper left corner. */
  readonly offset: readonly number[];
}

/** What is known of one layer. */
export interface LayerRow {
  /** Layer id. */
  readonly layer: string;
  /** The layer as a path segment: `units/<path>.parquet`. */
  readonly path: string;
  /** ONNX value name that carries the units. */
  readonly tensor: string;
  readonly site: 'pre' | 'post';
  readonly op: string;
  /** At the model's own input size, batch first; empty if it could not be computed. */
  readonly shape: readonly number[];
  /** Channels of the layer. */
  readonly units: number;
  /** Units of the layer that are in the atlas. */
  readonly swept: number;
  readonly healthy: number;
  readonly flagged: number;
  readonly dead: number;
  readonly megaMacs: number;
  /** What a place of the layer sees of the picture: a window that moves with the place, all of it, or something else; null if it could not be computed. */
  readonly fieldKind: 'window' | 'whole' | 'varies' | null;
  /** The window; it may be larger than the picture. Null where there is none. */
  readonly receptiveField: ReceptiveField | null;
  /** Why no gradient reaches the input, as an error code and in words; null where one does. */
  readonly blockedCode: string | null;
  readonly blockedReason: string | null;
}

export const layerTable = defineTable<LayerRow>('layers', 1024, {
  layer: word,
  path: word,
  tensor: word,
  site: oneOf('pre', 'post'),
  op: word,
  shape: list(int32),
  units: int32,
  swept: int32,
  healthy: int32,
  flagged: int32,
  dead: int32,
  megaMacs: float64,
  fieldKind: optional(oneOf('window', 'whole', 'varies')),
  receptiveField: optional(struct<ReceptiveField>({ size: list(int32), stride: list(int32), offset: list(float64) })),
  blockedCode: optional(word),
  blockedReason: optional(text),
});

/** `layers.parquet`: the layers in the model's order. Errors: ATLAS_BAD_ROW. */
export function writeLayers(rows: readonly LayerRow[]): Uint8Array {
  return writeTable(layerTable, rows);
}
