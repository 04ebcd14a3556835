import { sizeOf } from '@neuron-atlas/onnx';

/**
 * What the places of a value see of one axis of the model's input: an interval for each place.
 *
 * A place is an index along every axis of the value; only those in `axes` make a difference.
 */
export interface Span {
  /** Ascending. */
  readonly axes: readonly number[];
  /** Their lengths. */
  readonly shape: readonly number[];
  /** First element seen and one past the last, row-major over `shape`; equal where nothing is seen (padding). */
  readonly first: Int32Array;
  readonly end: Int32Array;
  /** The same far from all borders, where the intervals lie in a line. */
  readonly line?: Line | undefined;
}

/** Place p along `axis` sees `size` elements from `offset + p · stride` on; those beyond the borders are padding. */
export interface Line {
  readonly axis: number;
  readonly size: number;
  readonly stride: number;
  readonly offset: number;
}

/** What a node's output sees along one axis of an input. */
export type Reads =
  /** Place p of output axis `to` sees place p. */
  | { readonly kind: 'same'; readonly to: number }
  /** Place p of output axis `to` sees these places: none in padding. `line` says how it goes on far from borders: p · stride + first, `reach` more. */
  | { readonly kind: 'places'; readonly to: number; readonly length: number; readonly places: (p: number) => readonly number[]; readonly line?: { readonly stride: number; readonly first: number; readonly reach: number } | undefined }
  /** Every place of the output sees the same places of this axis: all, unless said. */
  | { readonly kind: 'all'; readonly places?: readonly number[] };

/** The span of an input axis in itself. */
export function ownSpan(axis: number, length: number): Span {
  const first = Int32Array.from({ length }, (_, i) => i);
  return { axes: [axis], shape: [length], first, end: first.map((i) => i + 1), line: { axis, size: 1, stride: 1, offset: 0 } };
}

export const hasGaps = ({ first, end }: Span): boolean => first.some((from, i) => from >= end[i]!);
export const isEmpty = ({ first, end }: Span): boolean => first.every((from, i) => from >= end[i]!);

/** The span of an output that looks through a node at this one; `reads` has an entry for each axis of the value. */
export function throughSpan(span: Span, reads: readonly Reads[]): Span {
  let { first, end, shape } = span;
  const axes: (number | undefined)[] = [];
  span.axes.forEach((axis, dim) => {
    const read = reads[axis]!;
    if (read.kind === 'same') {
      axes.push(read.to);
      return;
    }
    const length = read.kind === 'all' ? 1 : read.length;
    const every = read.kind === 'all' ? read.places ?? Array.from({ length: shape[dim]! }, (_, i) => i) : undefined;
    const places = read.kind === 'all' ? () => every! : read.places;
    [first, end] = hulls({ first, end, shape }, dim, length, places);
    shape = shape.map((size, i) => (i === dim ? length : size));
    axes.push(read.kind === 'all' ? undefined : read.to);
  });
  return ordered(axes, shape, first, end, lineThrough(span.line, reads));
}

/** The same span made to depend on one more axis, seen by places from `start` to `end` alone. */
export function restricted(span: Span, axis: number, length: number, present: (place: number) => boolean): Span {
  const count = span.first.length;
  const place = (values: Int32Array, i: number): number => (present(i % length) ? values[Math.floor(i / length)]! : 0);
  const [first, end] = [span.first, span.end].map((values) => Int32Array.from({ length: count * length }, (_, i) => place(values, i)));
  return ordered([...span.axes, axis], [...span.shape, length], first!, end!, span.line);
}

/** The smallest intervals that hold those of both, over the axes of both; where one sees nothing, the other's. */
export function hull(a: Span, b: Span): Span {
  const axes = [...new Set([...a.axes, ...b.axes])].sort((x, y) => x - y);
  const shape = axes.map((axis) => (a.axes.includes(axis) ? a.shape[a.axes.indexOf(axis)]! : b.shape[b.axes.indexOf(axis)]!));
  const [atA, atB] = [indexer(a, axes, shape), indexer(b, axes, shape)];
  const first = new Int32Array(sizeOf(shape));
  const end = new Int32Array(first.length);
  for (let i = 0; i < first.length; i++) {
    const [fromA, toA, fromB, toB] = [a.first[atA(i)]!, a.end[atA(i)]!, b.first[atB(i)]!, b.end[atB(i)]!];
    const [seenA, seenB] = [fromA < toA, fromB < toB];
    first[i] = seenA && seenB ? Math.min(fromA, fromB) : seenA ? fromA : fromB;
    end[i] = seenA && seenB ? Math.max(toA, toB) : seenA ? toA : toB;
  }
  return { axes, shape, first, end, line: hullLine(a.line, b.line) };
}

/** Where two lines keep step, the line around both. */
export function hullLine(a: Line | undefined, b: Line | undefined): Line | undefined {
  if (a === undefined || b === undefined || a.axis !== b.axis || a.stride !== b.stride) return undefined;
  const offset = Math.min(a.offset, b.offset);
  return { axis: a.axis, stride: a.stride, offset, size: Math.max(a.offset + a.size, b.offset + b.size) - offset };
}

/** For a flat index over `axes` and `shape`, the flat index into a span that depends on some of these axes. */
export function indexer(span: Span, axes: readonly number[], shape: readonly number[]): (index: number) => number {
  if (axes.length === span.axes.length) return (index) => index;
  const parts: { readonly below: number; readonly length: number; readonly step: number }[] = [];
  let [below, step] = [1, 1];
  for (let i = axes.length - 1; i >= 0; i--) {
    if (span.axes.includes(axes[i]!)) {
      parts.push({ below, length: shape[i]!, step });
      step *= shape[i]!;
    }
    below *= shape[i]!;
  }
  return (index) => parts.reduce((at, part) => at + (Math.floor(index / part.below) % part.length) * part.step, 0);
}

/** Intervals along one dimension replaced by the hulls of those at `places`. */
function hulls({ first, end, shape }: Pick<Span, 'first' | 'end' | 'shape'>, dim: number, length: number, places: (p: number) => readonly number[]): [Int32Array, Int32Array] {
  const inner = sizeOf(shape.slice(dim + 1));
  const outer = sizeOf(shape.slice(0, dim));
  const [nextFirst, nextEnd] = [new Int32Array(outer * length * inner), new Int32Array(outer * length * inner)];
  for (let p = 0; p < length; p++) {
    const seen = places(p);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let [from, to] = [0, 0];
        for (const place of seen) {
          const at = (o * shape[dim]! + place) * inner + i;
          if (first[at]! >= end[at]!) continue;
          from = from < to ? Math.min(from, first[at]!) : first[at]!;
          to = Math.max(to, end[at]!);
        }
        nextFirst[(o * length + p) * inner + i] = from;
        nextEnd[(o * length + p) * inner + i] = to;
      }
    }
  }
  return [nextFirst, nextEnd];
}

/** Dimensions without an axis (of length 1) dropped, the others brought into ascending order. */
function ordered(axes: readonly (number | undefined)[], shape: readonly number[], first: Int32Array, end: Int32Array, line: Line | undefined): Span {
  const kept = axes.flatMap((axis, dim) => (axis === undefined ? [] : [{ axis, length: shape[dim]!, step: sizeOf(shape.slice(dim + 1)) }]));
  const sorted = [...kept].sort((a, b) => a.axis - b.axis);
  const next = { axes: sorted.map(({ axis }) => axis), shape: sorted.map(({ length }) => length), line };
  if (kept.every((part, i) => part === sorted[i])) return { ...next, first, end };
  const source = (index: number): number => {
    let [rest, at] = [index, 0];
    for (let i = sorted.length - 1; i >= 0; i--) {
      at += (rest % sorted[i]!.length) * sorted[i]!.step;
      rest = Math.floor(rest / sorted[i]!.length);
    }
    return at;
  };
  return { ...next, first: first.map((_, i) => first[source(i)]!), end: end.map((_, i) => end[source(i)]!) };
}

/** out p reads s·p + f … + r of what sees offset + stride·i … + size */
function lineThrough(line: Line | undefined, reads: readonly Reads[]): Line | undefined {
  if (line === undefined) return undefined;
  const read = reads[line.axis]!;
  if (read.kind === 'same') return { ...line, axis: read.to };
  if (read.kind === 'all' || read.line === undefined || read.line.stride < 1) return undefined;
  const { stride, first, reach } = read.line;
  return { axis: read.to, stride: line.stride * stride, offset: line.offset + line.stride * first, size: line.size + line.stride * reach };
}
