import type { Field } from './receptive-fields.js';
import { hullLine, isEmpty, type Line, type Span } from './span.js';

/** A receptive field in three numbers an axis, [y, x] for pictures: place p sees `size` pixels from `offset + p · stride` on. */
export interface FieldWindow {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  /** Of place 0, its first pixel; below 0 it lies in the padding. */
  readonly offset: readonly number[];
}

/**
 * What the places of a layer see, in short:
 * - `window`: a window that moves with the place, cut at the borders of the picture; it may be larger than the picture;
 * - `whole`: the whole picture, from every place;
 * - `varies`: neither: after an enlargement, say, or where branches move at different paces.
 */
export type FieldSummary =
  | { readonly kind: 'window'; readonly window: FieldWindow; readonly exact: boolean }
  | { readonly kind: 'whole'; readonly exact: boolean }
  | { readonly kind: 'varies'; readonly exact: boolean };

/** The summary over the spatial axes of the input: all but batch and channel. */
export function summaryOf(field: Field): FieldSummary {
  const exact = field.bound === undefined;
  const spatial = field.input.map((_, axis) => axis).slice(2);
  const lines = spatial.map((axis) => field.terms.map((term): Line | undefined => term[axis - 1]!.line)
    .reduce((a, b) => hullLine(a, b), field.terms[0]?.[axis - 1]!.line));
  if (lines.length > 0 && lines.every((line) => line !== undefined)) {
    return { kind: 'window', exact, window: { size: lines.map(({ size }) => size), stride: lines.map(({ stride }) => stride), offset: lines.map(({ offset }) => offset) } };
  }
  const whole = spatial.every((axis) => field.terms.some((term) => term.every((span) => !isEmpty(span)) && sees(term[axis - 1]!, field.input[axis]!)));
  return { kind: whole ? 'whole' : 'varies', exact };
}

const sees = ({ first, end }: Span, length: number): boolean => first.every((from, i) => from === 0 && end[i] === length);

/** The window of one place, beyond the borders too: its start may be below 0. */
export function windowAt({ size, stride, offset }: FieldWindow, place: readonly number[]): { readonly start: readonly number[]; readonly end: readonly number[] } {
  const start = place.map((p, axis) => offset[axis]! + p * stride[axis]!);
  return { start, end: start.map((from, axis) => from + size[axis]!) };
}
