import { errors } from '../errors.js';
import type { Moments } from './moments.js';

/** The values that a code takes over a data set: the box in which an ascent keeps it (Nguyen et al. 2016). */
export interface CodeRange {
  readonly format: 1;
  /** sha256 of the encoder's file, and its tensor that is the code. */
  readonly encoder: string;
  readonly layer: string;
  /** Of one code; the lists have a number for each component, in row-major order. */
  readonly shape: readonly number[];
  /** Pictures that it was taken from. */
  readonly pictures: number;
  /** Whether no component was ever below 0. */
  readonly rectified: boolean;
  /** upper = mean + sigmas · std; lower = 0 where the code is rectified, else mean − sigmas · std. */
  readonly sigmas: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

export function codeRange(moments: Moments, of: { readonly encoder: string; readonly layer: string; readonly pictures: number; readonly sigmas?: number }): CodeRange {
  const { encoder, layer, pictures, sigmas = 3 } = of;
  const rectified = moments.lowest.every((value) => value >= 0);
  const list = (value: (i: number) => number): number[] => Array.from(moments.mean, (_, i) => shortened(value(i)));
  const mean = list((i) => moments.mean[i]!), std = list((i) => moments.deviation[i]!);
  return {
    format: 1, encoder, layer, shape: moments.shape, pictures, rectified, sigmas, mean, std,
    lower: list((i) => (rectified ? 0 : mean[i]! - sigmas * std[i]!)), upper: list((i) => mean[i]! + sigmas * std[i]!),
  };
}

/** Six digits are more than the data give. */
const shortened = (value: number): number => Number(value.toPrecision(6));

/** A range file's content; TRAINING_CODE_RANGE_MALFORMED for anything else. */
export function parseCodeRange(text: string): CodeRange {
  const refuse = (reason: string): never => { throw errors.codeRangeMalformed({ reason }); };
  let found: Partial<CodeRange>;
  try {
    found = JSON.parse(text) as Partial<CodeRange>;
  } catch {
    return refuse('it is not JSON');
  }
  if (found === null || typeof found !== 'object' || found.format !== 1) return refuse('it does not say format 1');
  const { shape, mean, std, lower, upper } = found;
  if (!Array.isArray(shape) || !shape.every((dim) => Number.isSafeInteger(dim) && dim > 0)) return refuse('it has no shape');
  const size = shape.reduce((product, dim) => product * dim, 1);
  for (const [name, values] of Object.entries({ mean, std, lower, upper })) {
    if (!Array.isArray(values) || values.length !== size || !values.every(Number.isFinite)) return refuse(`${name} is not a list of ${size} numbers`);
  }
  if (lower!.some((low, i) => low > upper![i]!)) return refuse('a lower bound lies above its upper one');
  if (typeof found.layer !== 'string' || typeof found.encoder !== 'string') return refuse('it names no encoder and layer');
  return found as CodeRange;
}
