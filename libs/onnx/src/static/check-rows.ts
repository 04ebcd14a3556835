import { errors } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { sizeOf, type Tensor, toNumbers } from '../tensor.js';
import type { Part } from './part.js';
import { type Fed, runPart } from './run-part.js';

/** Rounding differs between batch sizes; what is computed from another row, or another place, differs by far more. */
const tolerance = 1e-3;

/**
 * Compares the first rows of a part made for another batch size with the part as it was, on the same pictures.
 *
 * `axes` says where the batch is in each value; a value of which it is not known counts as batch first.
 */
export async function checkRows(was: { readonly part: Part; readonly feed: Fed }, is: { readonly part: Part; readonly feed: Fed }, outputs: readonly string[], axes: ReadonlyMap<string, number>, runtime: Runtime): Promise<void> {
  const [from, to] = [was.feed.tensor.shape[0]!, is.feed.tensor.shape[0]!];
  const rows = Math.min(from, to);
  // Both probes are one stream of numbers, cut at the end: their first rows are the same pictures.
  const before = await runPart(was.part, was.feed, outputs, runtime);
  const after = await runPart(is.part, is.feed, outputs, runtime);
  for (const name of outputs) {
    const axis = axes.get(name) ?? 0;
    const [x, y] = [firstRows(before.get(name)!, axis, from, rows), firstRows(after.get(name)!, axis, to, rows)];
    const scale = (x ?? []).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    const same = x !== undefined && x.length === y?.length && x.every((value, i) => Math.abs(value - y[i]!) <= tolerance * scale);
    if (!same) {
      throw errors.notBatchable({ fixed: from, batch: to, reason: `its value ${name} of [${before.get(name)!.shape.join(', ')}] comes out as [${after.get(name)!.shape.join(', ')}], different for the same picture` });
    }
  }
}

/** The elements of the first rows along the batch axis; undefined where that axis has not the batch's length. */
function firstRows(value: Tensor, axis: number, batch: number, rows: number): readonly number[] | undefined {
  const { shape } = value;
  if (shape[axis] === undefined || shape[axis] % batch !== 0) return undefined;
  const inner = sizeOf(shape.slice(axis));
  const kept = (inner / batch) * rows;
  const numbers = toNumbers(value);
  return Array.from({ length: sizeOf(shape.slice(0, axis)) * kept }, (_, i) => numbers[Math.floor(i / kept) * inner + (i % kept)]!);
}
