import type { RowRange } from './read-table.js';

/** Rows read at once at most: a screen's width of pictures, half a megabyte of them. */
const mostRows = 16;

/**
 * Reads single rows; those that are asked for in one turn and lie beside each other come by one read.
 *
 * `read` gives the rows of a range, in order. When it fails, all that waited for the range fail with its error.
 */
export function readNeighbours<T>(read: (rows: RowRange) => Promise<readonly T[]>): (row: number) => Promise<T | undefined> {
  let asked = new Map<number, PromiseWithResolvers<T | undefined>>();

  const readAll = (): void => {
    const turn = asked;
    asked = new Map();
    for (const range of rangesOf([...turn.keys()])) {
      const waiting = Array.from({ length: range.end - range.start }, (_, i) => turn.get(range.start + i)!);
      read(range).then(
        (rows) => { waiting.forEach(({ resolve }, i) => resolve(rows[i])); },
        (error: unknown) => { for (const { reject } of waiting) reject(error); },
      );
    }
  };

  return (row) => {
    const known = asked.get(row);
    if (known !== undefined) return known.promise;
    const entry = withResolvers<T | undefined>();
    if (asked.size === 0) queueMicrotask(readAll);
    asked.set(row, entry);
    return entry.promise;
  };
}

function rangesOf(rows: readonly number[]): readonly RowRange[] {
  const ranges: { start: number; end: number }[] = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === row && row - last.start < mostRows) last.end = row + 1;
    else ranges.push({ start: row, end: row + 1 });
  }
  return ranges;
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** As of ES2024, which Node 20 does not have. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => { [resolve, reject] = [yes, no]; });
  return { promise, resolve, reject };
}
