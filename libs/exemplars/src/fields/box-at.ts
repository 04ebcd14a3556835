import { errors } from '../errors.js';
import type { Field } from './receptive-fields.js';
import { indexer, type Span } from './span.js';

/** A box in an input: `start` inclusive, `end` exclusive, an entry for each axis but the batch (channel first). */
export interface InputBox {
  readonly start: readonly number[];
  readonly end: readonly number[];
}

/**
 * The part of the input that one place of a value sees: the smallest box around it; undefined if it sees nothing.
 *
 * `place` has an index for every axis of the value, the batch (any) first. Errors: EXEMPLARS_BAD_PLACE.
 */
export function boxAt(field: Field, place: readonly number[]): InputBox | undefined {
  const { shape } = field;
  if (place.length !== shape.length || place.some((at, axis) => !Number.isInteger(at) || at < 0 || at >= shape[axis]!)) throw errors.badPlace({ place, shape });
  let box: { start: number[]; end: number[] } | undefined;
  for (const term of field.terms) {
    const seen = term.map((span) => at(span, place, shape));
    if (seen.some(({ first, end }) => first >= end)) continue;
    box = {
      start: seen.map(({ first }, k) => Math.min(first, box?.start[k] ?? first)),
      end: seen.map(({ end }, k) => Math.max(end, box?.end[k] ?? end)),
    };
  }
  return box;
}

function at(span: Span, place: readonly number[], shape: readonly number[]): { readonly first: number; readonly end: number } {
  const flat = place.reduce((index, value, axis) => index * shape[axis]! + value, 0);
  const index = span.axes.length === shape.length ? flat : indexer(span, [...shape.keys()], shape)(flat);
  return { first: span.first[index]!, end: span.end[index]! };
}
