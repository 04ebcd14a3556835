/** A sweep spec after parsing: every default filled in, every field checked. Paths are as written. */
export interface SweepSpec {
  readonly name: string;
  readonly model: ModelSpec;
  readonly units: UnitSelection;
  /** Natural pictures; absent where none are asked for. */
  readonly dataset?: DatasetSpec | undefined;
  readonly views: { readonly exemplars?: ExemplarsView | undefined; readonly projections?: ProjectionsView | undefined; readonly synthesis: readonly SynthesisView[] };
  /** How the made pictures are measured against natural ones; absent where they are not. */
  readonly quality?: QualitySpec | undefined;
  /** What of the data set's pictures the atlas shows; there where a data set is. */
  readonly publish?: 'crops' | 'blurred' | 'links' | undefined;
  /** A folder, `file:///…` or `s3://bucket/prefix`. */
  readonly output: string;
}

export interface DatasetSpec {
  /** A folder, one file or a pattern over files: a path, `file:///…` or `s3://bucket/…`. */
  readonly path: string;
  /** How it lies there; by its files where it is not given. */
  readonly format?: string | undefined;
  /** Where the pictures are: a column of Parquet, the ending of a member of a tar. */
  readonly image?: string | undefined;
  /** Where their labels are: a column, an ending, a field of a JSON member. */
  readonly label?: string | undefined;
  /** Samples of one shard; by cost where it is not given. */
  readonly shard?: number | undefined;
}

/** The pictures of the data set that a unit answers to most, least, and in between. */
export interface ExemplarsView {
  readonly top: number;
  readonly bottom: number;
  readonly quantiles: number;
  /** Exemplars of which the gradient says what part of the picture counts, where the receptive field is larger than it. */
  readonly effective: readonly ('top' | 'bottom' | 'quantile')[];
  /** Pictures that go through one run together. */
  readonly batch: number;
}

/** What of its exemplars excites a unit, carried back to their pixels. */
export interface ProjectionsView {
  readonly method: 'deconvnet' | 'guided' | 'gradient';
  /** What is sent back from the unit: 1, or its activation. */
  readonly seed: 'one' | 'activation';
  /** Which exemplars are projected. */
  readonly kinds: readonly ('top' | 'bottom' | 'quantile')[];
  /** Projections that go through one run together. */
  readonly batch: number;
}

/** What made pictures are worth: forced choices between natural pictures, agreement of seeds, and more (docs/quality.md). */
export interface QualitySpec {
  /** Forced choices for each unit and view. */
  readonly trials: number;
  /** Pictures that explain the unit in each, at most. */
  readonly references: number;
  /** Pictures that go through one run together. */
  readonly batch: number;
}

export interface ModelSpec {
  /** A file, `file:///…` or `s3://…`. */
  readonly path: string;
  /** Constants for inputs that are not the picture: one number for all elements, or all of them; absent where there are none. */
  readonly inputs?: Readonly<Record<string, number | readonly number[]>> | undefined;
  /** How a picture in 0..1 becomes the model's input. */
  readonly preprocess: Preprocess;
}

export interface Preprocess {
  /** Per channel, in units of `range`; of bands one number may stand for all, and none is 0. @default [0, 0, 0] */
  readonly mean: readonly number[];
  /** Per channel, in units of `range`; of bands one number may stand for all, and none is 1. @default [1, 1, 1] */
  readonly std: readonly number[];
  /** What 0 and 1 of a picture become before mean and std: [0, 1], [0, 255], [-1, 1]. */
  readonly range: readonly [number, number];
  /** `bands`: as many channels as the model takes, none of them a colour. */
  readonly color: 'RGB' | 'BGR' | 'L' | 'bands';
  /** Of bands, those that pictures show, counted from 1: one as grey, three as red, green and blue; absent: all, side by side. */
  readonly show?: readonly number[] | undefined;
  /** Short side in pixels, then the centre crop: for data sets, not for synthesis. */
  readonly resize?: number | undefined;
  readonly crop?: number | undefined;
}

export interface UnitSelection {
  /** `all`, or globs over layer ids. */
  readonly layers: 'all' | readonly string[];
  /** `all`, or ranges such as `0-15,31` (both ends inclusive). */
  readonly channels: string;
}

/** A regulariser, transform, optimiser or schedule by name, with the params that differ from its defaults. */
export interface PartChoice {
  readonly name: string;
  readonly params: Readonly<Record<string, number | string>>;
}

/** One way of making pictures: a prior, an objective and the ascent's settings. */
export interface SynthesisView {
  readonly prior: string;
  readonly priorParams: Readonly<Record<string, number | string>>;
  readonly objective: string;
  readonly objectiveParams: Readonly<Record<string, number | string>>;
  readonly steps: number;
  /** Side of the canvas in pixels; layers behind a fixed-size head use the model's own size. */
  readonly size: number;
  readonly seeds: readonly number[];
  /** Settings by the name under which they were published; what stands beside it comes first. */
  readonly recipe?: string | undefined;
  /** In the order in which they act. Absent, like each of the following: what the recipe says, or else the prior. */
  readonly regularisers?: readonly PartChoice[] | undefined;
  readonly transforms?: readonly PartChoice[] | undefined;
  readonly optimiser?: PartChoice | undefined;
  readonly schedule?: PartChoice | undefined;
  readonly learningRate?: number | undefined;
  /** Which picture of the ascent is kept. */
  readonly keep?: 'last' | 'best' | undefined;
  /**
   * Steps, from the first on, in which a rectifier that blocks all of a picture's gradient passes what would open it: for
   * units that are dead at the start. @default 0
   */
  readonly letThrough?: number | undefined;
  /** Ends a unit's ascent before its last step: where its mean score of `patience` steps rises by less than `gain` of it. */
  readonly stop?: { readonly patience: number; readonly gain: number } | undefined;
  /** Units that go through one run together; part of the result's key, because it is part of the program. */
  readonly batch: number;
}
