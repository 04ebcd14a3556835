import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { errors } from '../errors.js';
import type { ExternalData } from '../read/external-data.js';
import { readAtOnceBytes } from '../tensor-source.js';

/** The files beside a model, while it is read. */
export interface ExternalFiles extends Disposable {
  readonly data: ExternalData;
  /** What all tensors that were asked for come to, read or not. */
  readonly sizeBytes: () => number;
}

interface ExternalLimits {
  /** What may come into memory at once. */
  readonly limitBytes: number;
  /** Larger tensors stay in their files. @default 64 KiB */
  readonly readUpTo?: number | undefined;
}

/**
 * Small tensors in the files beside a model, and where the large ones lie, whose bytes are read when somebody wants them.
 *
 * A link may not lead out of the model's folder. Caches that keep the model itself behind a link (and its data beside
 * the target) are served: the folder of the link and that of its target both count. What stays in a file is known by where
 * links led when the model was read.
 */
export function externalFiles(modelPath: string, { limitBytes, readUpTo = readAtOnceBytes }: ExternalLimits): ExternalFiles {
  const folder = dirname(modelPath);
  const homes = [realpathSync(folder), dirname(realpathSync(modelPath))];
  const open = new Map<string, OpenFile>();
  let [total, inMemory] = [0, 0];
  // Throws plain errors where a file is not as it should be: the reader, who knows the tensor, makes them whole.
  const file = (location: string, tensor: string): OpenFile => {
    const known = open.get(location);
    if (known !== undefined) return known;
    const path = realpathSync(join(folder, location));
    if (!homes.some((home) => path.startsWith(home.endsWith(sep) ? home : home + sep))) throw errors.externalEscapes({ tensor, location });
    const stat = statSync(path);
    if (!stat.isFile()) throw new Error('it is not a file');
    const made = { path, descriptor: openSync(path, 'r'), sizeBytes: stat.size };
    open.set(location, made);
    return made;
  };
  return {
    data: (location, offset, wanted, tensor) => {
      const { path, descriptor, sizeBytes } = file(location, tensor);
      const length = wanted ?? sizeBytes - offset;
      if (offset + length > sizeBytes) throw new Error(`it has ${sizeBytes} bytes, ${offset + length} are needed`);
      total += length;
      if (length > readUpTo) {
        const read = (): Uint8Array => {
          try {
            return readRange(path, offset, length);
          } catch (cause) {
            throw errors.externalMissing({ tensor, location, reason: (cause as Error).message }, cause);
          }
        };
        return { kind: 'file', path, offset, length, read };
      }
      inMemory += length;
      if (inMemory > limitBytes) throw errors.fileTooLarge({ file: modelPath, sizeBytes: inMemory, limitBytes });
      return readWhole(descriptor, offset, length);
    },
    sizeBytes: () => total,
    [Symbol.dispose]: () => { for (const { descriptor } of open.values()) closeSync(descriptor); },
  };
}

interface OpenFile { readonly path: string; readonly descriptor: number; readonly sizeBytes: number }

function readRange(path: string, offset: number, length: number): Uint8Array {
  const descriptor = openSync(path, 'r');
  try {
    return readWhole(descriptor, offset, length);
  } finally {
    closeSync(descriptor);
  }
}

/** Linux reads no more than this at a time. */
const mostAtOnce = 2 ** 30;

function readWhole(descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = readSync(descriptor, bytes, at, Math.min(length - at, mostAtOnce), offset + at);
    if (count === 0) throw new Error(`it ended at byte ${offset + at}`);
    at += count;
  }
  return bytes;
}
