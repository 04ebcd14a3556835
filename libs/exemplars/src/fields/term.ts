import { hasGaps, hull, hullLine, indexer, isEmpty, type Reads, restricted, type Span, throughSpan } from './span.js';

/**
 * What a value sees of the input by one way through the graph: a span for each axis of the input but the batch.
 *
 * A place sees the box that its intervals make, and nothing at all where one of them is empty.
 */
export type Term = readonly Span[];

/** The term of an output that looks through a node at this one. */
export function throughTerm(term: Term, reads: readonly Reads[]): Term {
  const spans = agreed(term).map((span) => throughSpan(span, reads));
  // Padding along an axis on which no span depends still shows nothing.
  reads.forEach((read, axis) => {
    if (read.kind !== 'places' || term.some((span) => span.axes.includes(axis))) return;
    const seen = Array.from({ length: read.length }, (_, p) => read.places(p).length > 0);
    if (seen.every(Boolean)) return;
    const least = spans.reduce((best, span, i) => (span.first.length < spans[best]!.first.length ? i : best), 0);
    spans[least] = restricted(spans[least]!, read.to, read.length, (p) => seen[p]!);
  });
  return spans;
}

/** The same term, with nothing seen by any span at a place along an axis where one of them sees nothing. */
function agreed(term: Term): readonly Span[] {
  const shared = [...new Set(term.flatMap(({ axes }) => axes))].filter((axis) => term.filter((span) => span.axes.includes(axis)).length > 1);
  let spans = term;
  for (const axis of shared) {
    const along = spans.filter((span) => span.axes.includes(axis));
    if (!along.some(hasGaps)) continue;
    const length = along[0]!.shape[along[0]!.axes.indexOf(axis)]!;
    const seen = Array.from({ length }, (_, p) => along.every((span) => seesAt(span, axis, p)));
    spans = spans.map((span) => (span.axes.includes(axis) ? masked(span, axis, seen) : span));
  }
  return spans;
}

function seesAt(span: Span, axis: number, place: number): boolean {
  const at = indexAlong(span, axis);
  return span.first.some((from, i) => at(i) === place && from < span.end[i]!);
}

function masked(span: Span, axis: number, seen: readonly boolean[]): Span {
  const at = indexAlong(span, axis);
  return { ...span, first: span.first.map((from, i) => (seen[at(i)]! ? from : 0)), end: span.end.map((to, i) => (seen[at(i)]! ? to : 0)) };
}

function indexAlong({ axes, shape }: Span, axis: number): (index: number) => number {
  const dim = axes.indexOf(axis);
  const below = shape.slice(dim + 1).reduce((product, length) => product * length, 1);
  return (index) => Math.floor(index / below) % shape[dim]!;
}

/** More ways than this, of different gaps, are made one, and the box may then be too large. */
const mostTerms = 24;

/** Fewer terms that see the same: those that see nothing, or less than another, are dropped, those with the same gaps made one. */
export function simplified(terms: readonly Term[]): { readonly terms: readonly Term[]; readonly exact: boolean } {
  const kept: Term[] = [];
  for (const term of terms.map(agreed)) {
    if (term.some(isEmpty)) continue;
    let joined: Term = term;
    for (let i = kept.length - 1; i >= 0; i--) {
      if (within(joined, kept[i]!)) joined = withLines(kept[i]!, joined);
      else if (within(kept[i]!, joined)) joined = withLines(joined, kept[i]!);
      else if (sameGaps(kept[i]!, joined)) joined = joined.map((span, k) => hull(kept[i]![k]!, span));
      else continue;
      kept.splice(i, 1);
    }
    kept.push(joined);
  }
  if (kept.length <= mostTerms) return { terms: kept, exact: true };
  return { terms: [kept.reduce((a, b) => a.map((span, k) => hull(span, b[k]!)))], exact: false };
}

const withLines = (larger: Term, smaller: Term): Term => larger.map((span, k) => ({ ...span, line: hullLine(span.line, smaller[k]!.line) }));

/** Whether, at every place, one term's box lies in the other's. */
const within = (inner: Term, outer: Term): boolean => inner.every((span, k) => spanWithin(span, outer[k]!));

function spanWithin(inner: Span, outer: Span): boolean {
  const both = hull(inner, outer);
  const at = indexer(outer, both.axes, both.shape);
  return both.first.every((from, i) => {
    const [outerFrom, outerTo] = [outer.first[at(i)]!, outer.end[at(i)]!];
    return from === both.end[i] || (outerFrom < outerTo && from === outerFrom && both.end[i] === outerTo);
  });
}

/** Whether both see something at the same places: only then the hull of both, interval by interval, is the hull of their boxes. */
const sameGaps = (a: Term, b: Term): boolean => a.every((span, k) => {
  const other = b[k]!;
  if (!hasGaps(span) && !hasGaps(other)) return true;
  return span.axes.length === other.axes.length && span.axes.every((axis, dim) => axis === other.axes[dim])
    && span.first.every((from, i) => (from < span.end[i]!) === (other.first[i]! < other.end[i]!));
});
