import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errors } from '../errors.js';

export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** A cached file, which counts as used now, or undefined where there is none. AGENT_DISK_FAILED. */
export async function readCached(path: string): Promise<Uint8Array | undefined> {
  try {
    const content = await readFile(path);
    const now = new Date();
    // In a cache that may only be read nothing is trimmed either.
    await utimes(path, now, now).catch(() => undefined);
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw errors.diskFailed({ path, detail: (cause as Error).message }, cause);
  }
}

/**
 * Puts a file into the cache: readers, also other agents, see all of it or nothing.
 *
 * Agents that write the same name write the same content, so the last rename may win. Nothing is fsynced: readers check
 * what they find.
 */
export async function writeCached(path: string, content: Uint8Array | string): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    try {
      await writeFile(part, content);
      await rename(part, path);
    } catch (cause) {
      await rm(part, { force: true });
      throw cause;
    }
  } catch (cause) {
    throw errors.diskFailed({ path, detail: (cause as Error).message }, cause);
  }
}

/**
 * The same of content that comes in pieces and is never in memory whole; gives its sha256, and keeps nothing where that is not
 * the one wanted.
 */
export async function writeLargeCached(path: string, chunks: AsyncIterable<Uint8Array>, wanted: string): Promise<string> {
  const part = `${path}.${randomUUID()}.part`;
  const onDisk = async <T>(act: () => Promise<T>): Promise<T> => act().catch((cause: unknown) => { throw errors.diskFailed({ path, detail: (cause as Error).message }, cause); });
  const handle = await onDisk(async () => {
    await mkdir(dirname(path), { recursive: true });
    return open(part, 'wx');
  });
  try {
    const hash = createHash('sha256');
    try {
      for await (const chunk of chunks) {
        hash.update(chunk);
        await onDisk(() => handle.writeFile(chunk));
      }
    } finally {
      await handle.close();
    }
    const found = hash.digest('hex');
    if (found === wanted) await onDisk(() => rename(part, path));
    return found;
  } finally {
    await rm(part, { force: true });
  }
}

/** The sha256 of a file, read a piece at a time; undefined where there is none. AGENT_DISK_FAILED. */
export async function sha256OfFile(path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 22, signal })) hash.update(chunk as Uint8Array);
    return hash.digest('hex');
  } catch (cause) {
    signal.throwIfAborted();
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw errors.diskFailed({ path, detail: (cause as Error).message }, cause);
  }
}

/** Removes files of a folder, those used longest ago first, until it holds at most `maxBytes`, but none of those to keep. AGENT_DISK_FAILED. */
export async function trimCache(folder: string, maxBytes: number, keep: readonly string[] = []): Promise<void> {
  try {
    const files = await Promise.all((await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      // Another agent may remove or rename it at the same time.
      const found = await stat(path).catch(() => undefined);
      return { path, bytes: found?.size ?? 0, usedAt: found?.mtimeMs ?? 0 };
    }));
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, bytes } of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= maxBytes) return;
      if (keep.includes(path)) continue;
      await rm(path, { force: true });
      total -= bytes;
    }
  } catch (cause) {
    throw errors.diskFailed({ path: folder, detail: (cause as Error).message }, cause);
  }
}

/** What models may take on disk, and programs again: a program holds the weights of the layers before its own. */
export const cacheBytes = 8 * 2 ** 30;
