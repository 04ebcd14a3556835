import type { ReadRange } from './tar/tar-members.js';

/** Headers of pictures lie a picture apart: one request brings some of them. */
const windowBytes = 1 << 20;

/** Reads of a file of so many bytes that go forward: the last window is kept, so that small reads near each other are one request. */
export function readAhead(read: ReadRange, bytes: number): ReadRange {
  let [from, window] = [0, new Uint8Array(0)];
  return async (start, end) => {
    if (start < from || end > from + window.length) {
      window = new Uint8Array(await read(start, Math.min(bytes, Math.max(end, start + windowBytes))));
      from = start;
    }
    return window.subarray(start - from, end - from);
  };
}
