/** A sample before it is read. */
export interface SampleSource {
  /** Unique in the data set. */
  readonly id: string;
  /** Its number in the data set's own order, from 0. */
  readonly item: number;
  /** The picture's file: its content as it was stored. */
  read(signal?: AbortSignal): Promise<Uint8Array>;
  /** What the data set says that it shows: a class, a caption, the name of its folder. Undefined where it says nothing. */
  label(signal?: AbortSignal): Promise<string | undefined>;
}

/** A data set of known size, read by ranges of its own order; no list of its samples is held. */
export interface Dataset {
  readonly samples: number;
  /** The samples [start, end), in order. */
  range(start: number, end: number, signal?: AbortSignal): AsyncIterable<SampleSource>;
  /** One sample by its number. */
  at(item: number, signal?: AbortSignal): Promise<SampleSource>;
}
