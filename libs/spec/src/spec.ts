/** A sweep spec after parsing: every default filled in, every field checked. Paths are as written. */
export interface SweepSpec {
  readonly name: string;
  readonly model: ModelSpec;
  readonly units: UnitSelection;
  readonly views: { readonly synthesis: readonly SynthesisView[] };
  /** A folder, `file:///…` or `s3://bucket/prefix`. */
  readonly output: string;
}

export interface ModelSpec {
  /** A file, `file:///…` or `s3://…`. */
  readonly path: string;
  /** How a picture in 0..1 becomes the model's input. */
  readonly preprocess: Preprocess;
}

export interface Preprocess {
  /** Per channel, in units of `range`. @default [0, 0, 0] */
  readonly mean: readonly number[];
  /** Per channel, in units of `range`. @default [1, 1, 1] */
  readonly std: readonly number[];
  /** What 0 and 1 of a picture become before mean and std: [0, 1], [0, 255], [-1, 1]. */
  readonly range: readonly [number, number];
  readonly color: 'RGB' | 'BGR' | 'L';
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
  readonly learningRate: number;
  /** Units that go through one run together; part of the result's key, because it is part of the program. */
  readonly batch: number;
}
