import { isAtlasError } from '@neuron-atlas/errors';
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { Opening } from '../dataset-format.js';
import { errors } from '../../errors.js';

/** A Parquet file, its footer read. */
export interface ParquetShard {
  readonly key: string;
  readonly metadata: FileMetaData;
  /** Columns of the rows [start, end); errors: EXEMPLARS_BAD_SHARD, and the store's own. */
  rows(columns: readonly string[], start: number, end: number): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Footers of large files take this much and more. */
const tailBytes = 1 << 16;

/** Opens a file of so many bytes. Errors: EXEMPLARS_BAD_SHARD, and the store's own. */
export async function openShard(source: Opening['source'], key: string, bytes: number, signal: AbortSignal | undefined): Promise<ParquetShard> {
  const file = buffer(source, key, bytes, signal);
  const guarded = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      signal?.throwIfAborted();
      if (isAtlasError(error)) throw error;
      throw errors.badShard({ shard: key, problem: (error instanceof Error ? error.message : String(error)).split('\n')[0]! }, error);
    }
  };
  const metadata = await guarded(() => parquetMetadataAsync(file, { initialFetchSize: tailBytes }));
  return {
    key, metadata,
    rows: (columns, start, end) => guarded(async () => {
      const rows = await parquetReadObjects({ file, metadata, columns: [...columns], rowStart: start, rowEnd: end, utf8: false, useOffsetIndex: true, compressors });
      if (rows.length !== end - start) throw new Error(`it has ${rows.length} of the rows ${start} to ${end}`);
      return rows;
    }),
  };
}

/**
 * Where reading begins and ends: a row group has to be read whole, unless the file says where its pages lie, and then a part
 * of one. Row numbers, rising, the first 0.
 */
export function piecesOf({ row_groups: groups }: FileMetaData, column: string): readonly number[] {
  const bounds = [0];
  for (const { num_rows: count, columns } of groups) {
    const start = bounds.at(-1)!;
    const end = start + Number(count);
    const paged = columns.every(({ meta_data: chunk, offset_index_offset: index }) => chunk?.path_in_schema[0] !== column || index !== undefined);
    if (paged) for (let at = start + pieceRows; at < end; at += pieceRows) bounds.push(at);
    bounds.push(end);
  }
  return bounds;
}

const pieceRows = 64;

function buffer(source: Opening['source'], key: string, bytes: number, signal: AbortSignal | undefined): AsyncBuffer {
  const get = async (start: number, end: number): Promise<ArrayBuffer> => {
    if (!(start >= 0 && start <= end && end <= bytes)) throw new Error(`it points at the bytes ${start} to ${end} of ${bytes}`);
    const part = await source.get(key, { start, end }, signal);
    if (part.length !== end - start) throw errors.shardChanged({ shard: key, bytes, found: start + part.length });
    return new Uint8Array(part).buffer;
  };
  return {
    byteLength: bytes,
    slice: (start, end = bytes) => {
      const part = get(start < 0 ? bytes + start : start, end);
      // The reader asks for several parts at once and looks at the first that fails: the others fail unheard.
      part.catch(() => undefined);
      return part;
    },
  };
}
