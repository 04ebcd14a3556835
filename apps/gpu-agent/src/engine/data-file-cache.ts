import { stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore } from '@neuron-atlas/blobs';
import { errors } from '../errors.js';
import { sha256OfFile, writeLargeCached } from './content-cache.js';

/** How much of a file comes from the store at a time. */
const pieceBytes = 2 ** 23;

/** Weights beside models, by content; what is damaged is fetched again. They are never in memory whole. */
export class DataFileCache {
  readonly #folder: string;
  /** Files whose content was looked at, by name: which they were. Another file under the name is looked at again. */
  readonly #checked = new Map<string, string>();

  constructor(folder: string) { this.#folder = folder; }

  /** Sees to it that `<output>/model/<sha256>.data` lies in the folder, and says whether it was fetched. AGENT_MODEL_CHANGED, AGENT_DISK_FAILED, BLOBS_*. */
  async ensure(store: BlobStore, name: string, signal: AbortSignal): Promise<boolean> {
    const path = join(this.#folder, name);
    const wanted = name.slice(0, -'.data'.length);
    const known = this.#checked.get(name);
    const fetch = (known === undefined || known !== await fileId(path)) && await sha256OfFile(path, signal) !== wanted;
    if (fetch) {
      const key = `model/${name}`;
      const actual = await writeLargeCached(path, pieces(store, key, signal), wanted);
      if (actual !== wanted) throw errors.modelChanged({ key, expected: wanted, actual });
    }
    const now = new Date();
    // In a cache that may only be read nothing is trimmed either.
    await utimes(path, now, now).catch(() => undefined);
    const id = await fileId(path);
    if (id !== undefined) this.#checked.set(name, id);
    return fetch;
  }
}

/** The same as long as the file is; a number of an inode is given again as soon as it is free. */
const fileId = (path: string): Promise<string | undefined> => stat(path).then(({ ino, birthtimeMs, size }) => `${ino} ${birthtimeMs} ${size}`, () => undefined);

async function* pieces(store: BlobStore, key: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const found = await store.stat(key, signal);
  if (found === undefined) await store.get(key, { start: 0, end: 0 }, signal); // the store says that it is missing
  const { bytes } = found ?? { bytes: 0 };
  for (let start = 0; start < bytes; start += pieceBytes) yield await store.get(key, { start, end: Math.min(start + pieceBytes, bytes) }, signal);
}
