import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../read/byte-source.js';

const windowBytes = 1 << 12;

/** A file of which a few kilobytes are in memory at a time. Errors: those of the file system. */
export function onDisk(path: string): ByteSource & Disposable {
  const descriptor = openSync(path, 'r');
  const window = new Uint8Array(windowBytes);
  let [from, to] = [0, 0];
  return {
    length: fstatSync(descriptor).size,
    byte: (at) => {
      if (at < from || at >= to) {
        from = at;
        to = at + readSync(descriptor, window, 0, windowBytes, at);
      }
      return at < to ? window[at - from] : undefined;
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}
