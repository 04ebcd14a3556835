export type ParamValue = number | string;

/** One setting of a plugin: its default, what it means with unit and range, and what it may be. */
export interface Param<T extends ParamValue = ParamValue> {
  readonly default: T;
  readonly doc: string;
  readonly check: (value: T) => boolean;
  /**
   * Set where the value names a file: in a spec its path, in a plan `sha256:<hex>` of its content, which lies beside the
   * model. An empty text is no file.
   */
  readonly file?: 'bytes' | 'picture' | undefined;
  /** Whether it came to a version that had made results without it: records leave it out where it has its default, so that theirs stay the same. */
  readonly isAdded?: boolean | undefined;
}
export type Params = Readonly<Record<string, Param<number> | Param<string>>>;
export type ParamValues<P extends Params> = { readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never };
/** Settled params of a plugin whose type is not known here. */
export type Settled = Readonly<Record<string, ParamValue>>;

export const positive = (value: number, doc: string): Param<number> => ({ default: value, doc: `${doc} Above 0.`, check: (v) => v > 0 && Number.isFinite(v) });
export const nonNegative = (value: number, doc: string): Param<number> => ({ default: value, doc: `${doc} 0 or more.`, check: (v) => v >= 0 && Number.isFinite(v) });
export const real = (value: number, doc: string): Param<number> => ({ default: value, doc: `${doc} Any number.`, check: Number.isFinite });
export const share = (value: number, doc: string): Param<number> => ({ default: value, doc: `${doc} 0 to 1.`, check: (v) => v >= 0 && v <= 1 });
export const count = (value: number, doc: string): Param<number> => ({ default: value, doc: `${doc} A whole number, 0 or more.`, check: (v) => Number.isSafeInteger(v) && v >= 0 });
export const atLeastOne = (value: number, doc: string): Param<number> => ({ default: value, doc: `${doc} A whole number, 1 or more.`, check: (v) => Number.isSafeInteger(v) && v >= 1 });
export const oneOf = (values: readonly [string, ...string[]], doc: string): Param<string> =>
  ({ default: values[0], doc: `${doc} One of: ${values.join(', ')}.`, check: (v) => values.includes(v) });

/** A param that came to a version of its plugin; its default changes nothing. */
export const added = <T extends ParamValue>(param: Param<T>): Param<T> => ({ ...param, isAdded: true });

/** A file that the plugin reads, by its path beside the spec; `picture` decodes to an array f32[C, H, W] in 0..1 (`.npy`). */
export const file = (kind: 'bytes' | 'picture', doc: string): Param<string> => ({ default: '', doc: `${doc} The path of a file.`, check: () => true, file: kind });
