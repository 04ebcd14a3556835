/** What became of a file: said to be wrong by an error of the catalogue, or taken, with what was checked. */
export type Outcome = { readonly kind: 'refused'; readonly code: string } | Taken | Finding;

export interface Taken {
  readonly kind: 'taken';
  readonly layers: number;
  /** Layers from which no gradient gets to the picture, each by a catalogued error. */
  readonly blocked: number;
  /** One ascent's program of one layer, compiled and run for a step: `fine`, or what went wrong. */
  readonly program: string;
  /** Of the same layer, against a difference: `agrees`, `unsettled` where no difference says what it should be, `out of range` where squares of weights overflow, or what is wrong. */
  readonly gradient: string;
  /** All outputs of the file: `equal` to the runtime's own, `fine` where the runtime does not take the file as it lies, or what is wrong. */
  readonly forward: string;
}

/** What must not be. */
export interface Finding {
  readonly kind: 'finding';
  readonly what: 'uncatalogued error' | 'wrong result' | 'crash' | 'hang' | 'memory';
  readonly detail: string;
}

export type OutputValues = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>>;

export interface Examined {
  readonly outcome: Taken;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly outputs?: OutputValues;
}

/** To a child: examine this file, or run it as it lies on the same picture. */
export type Request =
  | { readonly do: 'examine'; readonly path: string; readonly salt: number }
  | { readonly do: 'reference'; readonly path: string; readonly input: Examined['input']; /** Its optimiser may refuse what it takes as it lies. */ readonly optimize: 'none' | 'all' };

/** From a child; `peakBytes` is the most memory that it held at once for this file. */
export type Reply = { readonly peakBytes: number } & (
  | { readonly examined: Examined }
  | { readonly refused: string }
  | { readonly failed: string }
  | { readonly outputs: OutputValues });
