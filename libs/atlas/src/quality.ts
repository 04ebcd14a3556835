import { float32, int32, int53, list, optional, struct, type Fields } from './column-type.js';
import { defineTable } from './table.js';
import { findingFields, type UnitFindings } from './unit-findings.js';
import { writeTable } from './write-table.js';

/** What one made picture is worth, measured on its 8 bits, put back through the model. Null where it could not be measured. */
export interface PictureQuality {
  readonly view: number;
  readonly seed: number;
  /** The statistic that the view's objective raises: the mean of the unit's map for `channel`, its largest value for others. */
  readonly activation: number;
  /** `activation` ÷ the same statistic of the natural picture that has the largest. */
  readonly overNatural: number | null;
  /** From 1: place of the unit among those of its layer, each by its largest activation ÷ its natural maximum; and how many they are. */
  readonly rank: number | null;
  readonly rankOf: number | null;
  /** 1: the network processes it as a natural picture of the unit, 0: as one of another unit. */
  readonly pathNaturalness: number | null;
  /** Of its spectrum from the data set's, in decades of power. */
  readonly spectrumDistance: number | null;
}

/** What the pictures of one view are worth together. Null where it could not be measured. */
export interface ViewQuality {
  readonly view: number;
  /** Share of trials in which they tell a natural picture that excites the unit from one that does not; 0.5 is chance. */
  readonly explains: number | null;
  /** The same against exemplars of other units of the layer: whether they show what this unit likes, and not what all do. */
  readonly distinguishes: number | null;
  /** Share of comparisons in which two seeds are more alike than one of them and a picture of another unit; 0.5 is chance. */
  readonly seedAgreement: number | null;
}

/** All null where a sweep did not ask for it. */
export interface UnitQuality {
  /** Share of trials in which natural exemplars tell another one that excites the unit from one that does not; 0.5 is chance. */
  readonly interpretability: number | null;
  /** The same against exemplars of other units of the layer. */
  readonly distinctness: number | null;
  readonly viewQuality: readonly ViewQuality[] | null;
  readonly pictureQuality: readonly PictureQuality[] | null;
}

export const qualityFields: Fields<UnitQuality> = {
  interpretability: optional(float32),
  distinctness: optional(float32),
  viewQuality: optional(list(struct<ViewQuality>({ view: int32, explains: optional(float32), distinguishes: optional(float32), seedAgreement: optional(float32) }))),
  pictureQuality: optional(list(struct<PictureQuality>({
    view: int32, seed: int53, activation: float32, overNatural: optional(float32), rank: optional(int32), rankOf: optional(int32),
    pathNaturalness: optional(float32), spectrumDistance: optional(float32),
  }))),
};

/** The quality of a unit of which none was measured. */
export const noQuality = { interpretability: null, distinctness: null, viewQuality: null, pictureQuality: null } as const satisfies UnitQuality;

/** The quality of a unit on its way to the units table. */
export interface QualityRow extends UnitFindings, UnitQuality {}

export const qualityTable = defineTable<QualityRow>('quality', 1024, {
  ...findingFields, ...qualityFields,
});

/** `quality/<layer>/*.parquet`: by rising unit. Errors: ATLAS_BAD_ROW. */
export function writeQuality(rows: readonly QualityRow[]): Uint8Array {
  return writeTable(qualityTable, rows);
}
