import { parquetMetadataAsync, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { errors } from './errors.js';

/** Where an atlas lies: objects by key, read by range. A BlobStore is one; so is a folder behind HTTP. */
export interface AtlasSource {
  /** Whole object, or the bytes [start, end). */
  get(key: string, range?: { readonly start: number; readonly end: number }, signal?: AbortSignal): Promise<Uint8Array>;
  /** Nothing if the key is not there. */
  stat(key: string, signal?: AbortSignal): Promise<{ readonly bytes: number } | undefined>;
}

/** A Parquet file of an atlas, opened: its footer read, its pages still where they are. */
export interface ParquetFile {
  readonly path: string;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
}

// Page indexes and footer of 64 pictures take 9 kB: one request brings both.
const tailBytes = 32_768;

/** Reads the footer of an object of known size. Errors: ATLAS_BAD_FILE, and the source's own. */
export async function openParquet(source: Pick<AtlasSource, 'get'>, path: string, bytes: number, signal?: AbortSignal): Promise<ParquetFile> {
  const buffer = rangeBuffer(source, path, bytes, signal);
  const metadata = await readable(path, () => parquetMetadataAsync(buffer, { initialFetchSize: tailBytes }));
  return { path, buffer, metadata };
}

/** A file that is in memory. */
export async function parquetOf(path: string, data: Uint8Array): Promise<ParquetFile> {
  return openParquet({ get: async (_key, range) => data.subarray(range?.start ?? 0, range?.end ?? data.length) }, path, data.length);
}

/** Runs a reader; whatever it stumbles over in the bytes becomes ATLAS_BAD_FILE, what the source throws stays. */
export async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SourceFailure) throw error.cause;
    throw errors.badFile({ path, problem: error instanceof Error ? error.message : String(error) }, error);
  }
}

/** Carries an error of the source through the Parquet reader, apart from the reader's own. */
class SourceFailure extends Error {}

function rangeBuffer(source: Pick<AtlasSource, 'get'>, path: string, bytes: number, signal: AbortSignal | undefined): AsyncBuffer {
  const tailStart = Math.max(0, bytes - tailBytes);
  let tail: Promise<Uint8Array> | undefined;
  const get = async (start: number, end: number): Promise<Uint8Array> => {
    // Offsets come from the file: a damaged one must not become a request for all of memory.
    if (!(start >= 0 && start <= end && end <= bytes)) throw new RangeError(`it points at the bytes ${start} to ${end} of ${bytes}`);
    const part = await source.get(path, { start, end }, signal).catch((cause: unknown) => { throw new SourceFailure('source', { cause }); });
    if (part.length !== end - start) throw new RangeError(`it ends at byte ${start + part.length} of ${bytes}`);
    return part;
  };
  const slice = async (start: number, end = bytes): Promise<ArrayBuffer> => {
    const from = start < 0 ? bytes + start : start;
    if (from >= tailStart && end <= bytes && from <= end) {
      tail ??= get(tailStart, bytes);
      return copy((await tail).subarray(from - tailStart, end - tailStart));
    }
    return copy(await get(from, end));
  };
  return {
    byteLength: bytes,
    slice: (start, end) => {
      const part = slice(start, end);
      // The reader asks for several parts ahead and waits for them one by one: when the first fails it never looks at the
      // others, whose failure would then end the process as one that nobody handles. Whoever waits for a part still gets it.
      part.catch(() => undefined);
      return part;
    },
  };
}

const copy = (part: Uint8Array): ArrayBuffer => new Uint8Array(part).buffer;
