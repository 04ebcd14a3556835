/** One setting of a plugin: its default, what it means with unit and range, and what it may be. */
export interface Param {
  readonly default: number;
  readonly doc: string;
  readonly check: (value: number) => boolean;
}
export type Params = Readonly<Record<string, Param>>;
export type ParamValues<P extends Params> = { readonly [K in keyof P]: number };

export const positive = (value: number, doc: string): Param => ({ default: value, doc: `${doc} Above 0.`, check: (v) => v > 0 && Number.isFinite(v) });
export const nonNegative = (value: number, doc: string): Param => ({ default: value, doc: `${doc} 0 or more.`, check: (v) => v >= 0 && Number.isFinite(v) });
export const count = (value: number, doc: string): Param => ({ default: value, doc: `${doc} A whole number, 0 or more.`, check: (v) => Number.isSafeInteger(v) && v >= 0 });
