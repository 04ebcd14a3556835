import { bytes, float32, int32, int53, oneOf, optional, struct, text, word } from './column-type.js';
import { defineTable } from './table.js';
import { writeTable } from './write-table.js';

/** A rectangle in pixels, its ends exclusive; what lies outside the picture is part of it. */
export interface PictureBox {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Why a picture stands among a unit's exemplars. */
export const exemplarKinds = ['top', 'bottom', 'quantile'] as const;
export type ExemplarKind = (typeof exemplarKinds)[number];

/** A picture of the data set that excites a unit much, little, or as much as a given share of them. */
export interface ExemplarRow {
  /** Layer id. */
  readonly layer: string;
  /** Channel, from 0. */
  readonly unit: number;
  readonly kind: ExemplarKind;
  /** From 0: `top` falls from the strongest, `bottom` and `quantile` rise from the weakest. */
  readonly rank: number;
  /** In 0..1, of the pictures by their activation; null where kind is not `quantile`. */
  readonly quantile: number | null;
  readonly sampleId: string;
  /** Its number in the data set's own order. */
  readonly sampleItem: number;
  /** Of the file's content. */
  readonly sampleSha256: string;
  /** What the data set says that it shows: a class, a caption, the name of its folder; null where it says nothing. */
  readonly sampleLabel: string | null;
  /** The largest in the picture, after the rectifier where one follows the layer. */
  readonly activation: number;
  /** Where in the layer's map it is reached, the first place in reading order; 0 for layers without a map, x alone for tokens. */
  readonly y: number;
  readonly x: number;
  /** What the unit sees from there, in pixels of the picture as it is shown (turned by its EXIF orientation). */
  readonly box: PictureBox;
  /** The same in pixels of the model's input. */
  readonly inputBox: PictureBox;
  /** `exact`: the receptive field. Where that is larger than the picture: `effective`, the part that moves the unit, by its gradient, or `whole`, all that the unit sees. */
  readonly boxKind: 'exact' | 'effective' | 'whole';
  /** Of the whole picture, in pixels. */
  readonly pictureWidth: number;
  readonly pictureHeight: number;
  readonly imageFormat: 'png' | 'webp' | 'jpeg';
  /** Of the crop, in pixels; a large one is made smaller. */
  readonly width: number;
  readonly height: number;
  /** The crop, encoded; null where the atlas only names its pictures. */
  readonly image: Uint8Array | null;
}

export const pictureBox = struct<PictureBox>({ x0: int32, y0: int32, x1: int32, y1: int32 });

// Row groups of 32: with 9 + 9 + 5 pictures a unit lies in one or two of them.
export const exemplarTable = defineTable<ExemplarRow>('exemplars', 32, {
  layer: word,
  unit: int32,
  kind: oneOf(...exemplarKinds),
  rank: int32,
  quantile: optional(float32),
  sampleId: text,
  sampleItem: int53,
  sampleSha256: text,
  sampleLabel: optional(text),
  activation: float32,
  y: int32,
  x: int32,
  box: pictureBox,
  inputBox: pictureBox,
  boxKind: oneOf('exact', 'effective', 'whole'),
  pictureWidth: int32,
  pictureHeight: int32,
  imageFormat: oneOf('png', 'webp', 'jpeg'),
  width: int32,
  height: int32,
  image: optional(bytes),
});

/** `exemplars/<layer>/*.parquet`: by unit, kind and rank. Errors: ATLAS_BAD_ROW. */
export function writeExemplars(rows: readonly ExemplarRow[]): Uint8Array {
  return writeTable(exemplarTable, rows);
}
