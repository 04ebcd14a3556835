import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errors } from '../errors.js';

export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** A cached file, or undefined where there is none. AGENT_DISK_FAILED. */
export async function readCached(path: string): Promise<Uint8Array | undefined> {
  try {
    const content = await readFile(path);
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
