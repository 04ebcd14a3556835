import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { BlobStore, PutOptions } from './blob-store.js';
import { checkKey, checkPrefix, partSuffix } from './check-key.js';
import { errors } from './errors.js';

/**
 * A folder as a store; it and its folders are made when the first object is written.
 *
 * An object is there whole or not at all, and once `put` has answered it survives a power cut: the content is fsynced
 * before it gets its name, the folder after.
 */
export function createFileStore(url: string, root: string): BlobStore {
  const fileOf = (key: string): string => {
    checkKey(key);
    return path.join(root, ...key.split('/'));
  };

  async function write(key: string, fill: (handle: FileHandle) => Promise<void>, options: PutOptions | undefined, signal: AbortSignal | undefined): Promise<'written' | 'existed'> {
    const file = fileOf(key);
    signal?.throwIfAborted();
    return guard({ url, key, doing: 'write', signal }, async () => {
      const folder = path.dirname(file);
      if (options?.ifAbsent === true && (await exists(file))) {
        await syncFolder(folder);   // whoever wrote it may have died before this
        return 'existed';
      }
      await makeFolder(folder);
      const part = path.join(folder, `${randomUUID()}${partSuffix}`);
      try {
        await writeDurably(part, fill);
        const outcome = options?.ifAbsent === true ? await nameIfAbsent(part, file) : await nameAnyway(part, file);
        await syncFolder(folder);
        return outcome;
      } finally {
        await unlink(part).catch(ignoreAbsent);
      }
    });
  }

  return {
    url,

    async get(key, range, signal) {
      const file = fileOf(key);
      signal?.throwIfAborted();
      return guard({ url, key, doing: 'read', signal }, async () => {
        await using handle = await open(file, 'r');
        const { size } = await objectStat(handle);
        const start = range?.start ?? 0;
        const end = Math.min(range?.end ?? size, size);
        if (range !== undefined && !(start >= 0 && start <= range.end && start <= size)) throw errors.badRange({ url, key, ...range });
        return await readAll(handle, start, end, signal); // before the handle is closed
      });
    },

    async stat(key, signal) {
      const file = fileOf(key);
      signal?.throwIfAborted();
      return guard({ url, key, doing: 'read', signal }, async () => {
        const found = await stat(file).catch((error: unknown) => {
          if (isAbsent(error)) return undefined;
          throw error;
        });
        return found?.isFile() === true ? { bytes: found.size, etag: `${found.size.toString(16)}-${found.mtimeMs.toString(16)}` } : undefined;
      });
    },

    put: (key, data, options, signal) => write(key, (handle) => handle.writeFile(data, signal === undefined ? {} : { signal }), options, signal),

    putLarge: (key, { bytes, chunks }, options, signal) => write(key, async (handle) => {
      let written = 0;
      for await (const chunk of chunks(signal)) {
        signal?.throwIfAborted();
        await handle.writeFile(chunk);
        written += chunk.length;
      }
      if (written !== bytes) throw systemError('EIO', `its content came to ${written} of ${bytes} bytes`);
    }, options, signal),

    async delete(key, signal) {
      const file = fileOf(key);
      signal?.throwIfAborted();
      await guard({ url, key, doing: 'delete', signal }, async () => {
        await unlink(file).catch((error: unknown) => {
          if (!isAbsent(error)) throw error;
        });
      });
    },

    async *list(prefix, signal) {
      checkPrefix(prefix);
      const cut = prefix.lastIndexOf('/') + 1;
      yield* walk(prefix.slice(0, cut), prefix);

      async function* walk(folder: string, wanted: string): AsyncIterable<string> {
        signal?.throwIfAborted();
        const entries = await guard({ url, key: folder, doing: 'list', signal }, async () =>
          readdir(path.join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
            if (isAbsent(error)) return [];
            throw error;
          }));
        // A folder sorts as `name/`: keys come in the order of their bytes, as S3 gives them.
        const names = entries
          .filter((entry) => (entry.isDirectory() || entry.isFile()) && !entry.name.endsWith(partSuffix))
          .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
          .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        for (const name of names) {
          if (name.endsWith('/')) {
            if (name.startsWith(wanted) || wanted.startsWith(name)) yield* walk(name, wanted);
          } else if (name.startsWith(wanted)) yield name;
        }
      }
    },
  };
}

async function objectStat(handle: FileHandle): Promise<{ readonly size: number }> {
  const found = await handle.stat();
  if (!found.isFile()) throw systemError('ENOENT', 'it is a folder');
  return found;
}

async function readAll(handle: FileHandle, start: number, end: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const data = new Uint8Array(end - start);
  let done = 0;
  while (done < data.length) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(data, done, Math.min(data.length - done, 1 << 24), start + done);
    if (bytesRead === 0) throw systemError('EIO', `it became shorter while it was read: ${done} of ${data.length} bytes`);
    done += bytesRead;
  }
  return data;
}

async function writeDurably(part: string, fill: (handle: FileHandle) => Promise<void>): Promise<void> {
  await using handle = await open(part, 'wx');
  await fill(handle);
  await handle.sync();
}

/** link(2) gives the name to one of many who ask at once, and to none if it is taken. */
async function nameIfAbsent(part: string, file: string): Promise<'written' | 'existed'> {
  try {
    await link(part, file);
    return 'written';
  } catch (error) {
    if (hasCode(error, 'EEXIST') && (await exists(file))) return 'existed';
    // No hard links here (FAT, some network folders): objects are named by their content, so who comes last changes nothing.
    if (hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) {
      return (await exists(file)) ? 'existed' : nameAnyway(part, file);
    }
    throw error;
  }
}

async function nameAnyway(part: string, file: string): Promise<'written'> {
  await rename(part, file);
  return 'written';
}

/** Makes a folder and those above it, and makes their names durable. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) await syncFolder(path.dirname(made));
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder, and keeps names durable by itself.
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync().catch((error: unknown) => {
    if (!hasCode(error, 'EINVAL', 'ENOTSUP')) throw error;   // network folders that have no fsync for folders
  });
}

async function exists(file: string): Promise<boolean> {
  const found = await stat(file).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (found?.isFile() === false) throw systemError('EISDIR', 'there is a folder of that name');
  return found !== undefined;
}

function ignoreAbsent(error: unknown): void {
  if (!isAbsent(error)) throw error;
}

const hasCode = (error: unknown, ...codes: readonly string[]): boolean => codes.includes((error as NodeJS.ErrnoException).code ?? '');
const isAbsent = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENOTDIR');
const systemError = (code: string, message: string): Error => Object.assign(new Error(message), { code });

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'there is a file where a folder is needed',
  EEXIST: 'there is a file where a folder is needed',
  EISDIR: 'there is a folder of that name',
  ENAMETOOLONG: 'the name is too long for this file system',
  EMFILE: 'too many files are open',
};

interface Act {
  readonly url: string;
  readonly key: string;
  readonly doing: 'read' | 'write' | 'delete' | 'list';
  readonly signal: AbortSignal | undefined;
}

/** Does something with files; what the system says against it becomes a catalogued error. */
async function guard<T>({ url, key, doing, signal }: Act, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    signal?.throwIfAborted();
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!/^E[A-Z0-9]+$/.test(code)) throw error;   // catalogued already
    const reason = reasons[code] ?? (error as Error).message;
    if (doing === 'write') throw errors.notWritable({ url, key, reason }, error);
    if (doing === 'read' && isAbsent(error)) throw errors.notFound({ url, key, what: 'file' }, error);
    if (code === 'EACCES' || code === 'EPERM') throw errors.denied({ url, key, doing, reason }, error);
    throw errors.failed({ url, key, doing, reason }, error);
  }
}
