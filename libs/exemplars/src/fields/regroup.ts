import { sizeOf } from '@neuron-atlas/onnx';
import type { Line, Span } from './span.js';

/** A span after a reshape of its value: the same elements in the same order, counted along other axes. */
export function regroup(span: Span, from: readonly number[], to: readonly number[]): Span {
  const touched = groupsOf(from, to).filter((group) => group.from.some((axis) => span.axes.includes(axis)));
  const axes = touched.flatMap((group) => group.to).sort((a, b) => a - b);
  const shape = axes.map((axis) => to[axis]!);
  const source = sourceIndex(span, from, to, touched, axes);
  const first = new Int32Array(sizeOf(shape));
  const end = new Int32Array(first.length);
  for (let i = 0; i < first.length; i++) {
    const at = source(i);
    first[i] = span.first[at]!;
    end[i] = span.end[at]!;
  }
  return withoutIdleAxes({ axes, shape, first, end, line: lineAfter(span.line, from, to, touched) });
}

interface Group { readonly from: readonly number[]; readonly to: readonly number[] }

/** Runs of old axes and the runs of new axes with as many elements, as short as they come. */
function groupsOf(from: readonly number[], to: readonly number[]): readonly Group[] {
  const groups: { from: number[]; to: number[] }[] = [];
  let [i, j] = [0, 0];
  while (i < from.length && j < to.length) {
    const group = { from: [i], to: [j] };
    let [old, now] = [from[i++]!, to[j++]!];
    while (old !== now) {
      if (old < now) { group.from.push(i); old *= from[i++]!; } else { group.to.push(j); now *= to[j++]!; }
    }
    groups.push(group);
  }
  // What is left over on either side has length 1.
  const last = groups.at(-1);
  for (; i < from.length; i++) last?.from.push(i);
  for (; j < to.length; j++) last?.to.push(j);
  return groups;
}

function sourceIndex(span: Span, from: readonly number[], to: readonly number[], groups: readonly Group[], axes: readonly number[]): (index: number) => number {
  const steps = new Map(span.axes.map((axis, dim) => [axis, sizeOf(span.shape.slice(dim + 1))]));
  const below = axes.map((_, dim) => sizeOf(axes.slice(dim + 1).map((axis) => to[axis]!)));
  return (index) => {
    let at = 0;
    for (const group of groups) {
      let flat = 0;
      for (const axis of group.to) flat = flat * to[axis]! + (Math.floor(index / below[axes.indexOf(axis)]!) % to[axis]!);
      for (const axis of [...group.from].reverse()) {
        at += (flat % from[axis]!) * (steps.get(axis) ?? 0);
        flat = Math.floor(flat / from[axis]!);
      }
    }
    return at;
  };
}

/** Axes along which nothing changes are dropped; of length 1 only where no line runs along them. */
function withoutIdleAxes(span: Span): Span {
  const idle = span.axes.findIndex((axis, dim) => axis !== span.line?.axis && constantAlong(span, dim));
  if (idle === -1) return span;
  const inner = sizeOf(span.shape.slice(idle + 1));
  const keep = (values: Int32Array): Int32Array => values.filter((_, i) => Math.floor(i / inner) % span.shape[idle]! === 0);
  const without = <T>(list: readonly T[]): readonly T[] => list.filter((_, dim) => dim !== idle);
  return withoutIdleAxes({ ...span, axes: without(span.axes), shape: without(span.shape), first: keep(span.first), end: keep(span.end) });
}

function constantAlong({ shape, first, end }: Span, dim: number): boolean {
  const inner = sizeOf(shape.slice(dim + 1));
  const start = (i: number): number => i - (Math.floor(i / inner) % shape[dim]!) * inner;
  return first.every((value, i) => value === first[start(i)] && end[i] === end[start(i)]);
}

/** An axis kept as it was keeps its line; one split in two goes on in blocks along the outer of them. */
function lineAfter(line: Line | undefined, from: readonly number[], to: readonly number[], groups: readonly Group[]): Line | undefined {
  const group = line === undefined ? undefined : groups.find((candidate) => candidate.from.includes(line.axis));
  if (line === undefined || group === undefined) return undefined;
  const before = sizeOf(group.from.filter((axis) => axis < line.axis).map((axis) => from[axis]!));
  const axis = group.to.find((candidate) =>
    sizeOf(group.to.filter((other) => other < candidate).map((other) => to[other]!)) === before
    && from[line.axis]! % to[candidate]! === 0 && (to[candidate]! > 1 || from[line.axis] === 1));
  if (axis === undefined) return undefined;
  const block = from[line.axis]! / to[axis]!;
  return { axis, stride: line.stride * block, offset: line.offset, size: line.size + line.stride * (block - 1) };
}
