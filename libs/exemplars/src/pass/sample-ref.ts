/** A picture of the data set, as results name it. */
export interface SampleRef {
  /** Unique in the data set; of two samples with equal activations the one with the smaller id comes first. */
  readonly id: string;
  /** Of the file's content: two files with the same content count as one picture among exemplars. */
  readonly sha256: string;
  /** Its number in the data set's own order: how it is found again. */
  readonly item: number;
  /** What the data set says that it shows. */
  readonly label?: string | undefined;
}

/** Smaller ids first, by UTF-16 code units: the same everywhere. */
export const byId = (a: SampleRef, b: SampleRef): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
