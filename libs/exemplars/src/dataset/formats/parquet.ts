import { isAtlasError } from '@neuron-atlas/errors';
import { errors } from '../../errors.js';
import type { SampleSource } from '../dataset.js';
import { defineFormat } from '../dataset-format.js';
import { labelText } from '../label-text.js';
import { sampleColumns, type SampleColumns } from '../parquet/columns.js';
import { openShard, piecesOf, type ParquetShard } from '../parquet/parquet-shard.js';

interface ShardRows {
  readonly key: string;
  readonly bytes: number;
  readonly rows: number;
  /** Set where the file cannot be read: it counts as one sample, which is skipped. */
  readonly fault?: string;
}

interface Shards extends SampleColumns {
  readonly samples: number;
  readonly shards: readonly ShardRows[];
}

interface Piece {
  readonly shard: number;
  readonly start: number;
  readonly end: number;
  readonly rows: Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Pieces of files that are held: batches are read ahead, and may begin in one and end in the next. */
const keptPieces = 2;

/**
 * Parquet files, each row a sample under `file#row`: pictures as bytes, or as a group with `bytes` and `path`.
 *
 * Rows are read by row group, or by page where the file says where its pages lie: a row group is what is held at one time.
 */
export const parquet = defineFormat<Shards>({
  name: 'parquet',
  owns: /\.parquet$/i,
  async list(keys, { source, options, signal }) {
    const shards: ShardRows[] = [];
    let columns: SampleColumns | undefined;
    for await (const key of keys) {
      const bytes = (await source.stat(key, signal))?.bytes;
      if (bytes === undefined) continue;   // gone between the listing and now
      try {
        const { metadata } = await openShard(source, key, bytes, signal);
        const found = sampleColumns(key, metadata, { image: options.image ?? columns?.image, label: options.label ?? columns?.label });
        columns ??= found;
        shards.push({ key, bytes, rows: Number(metadata.num_rows) });
      } catch (error) {
        if (!isAtlasError(error) || error.code !== 'EXEMPLARS_BAD_SHARD') throw error;
        shards.push({ key, bytes, rows: 1, fault: String(error.details['problem']) });
      }
    }
    return { samples: shards.reduce((sum, { rows }) => sum + rows, 0), image: '', ...columns, shards };
  },
  open({ samples, shards, image, label, classes }, { source }) {
    const starts = shards.map(() => 0);
    for (let i = 1; i < shards.length; i++) starts[i] = starts[i - 1]! + shards[i - 1]!.rows;
    const pieces: Piece[] = [];
    let last: { readonly shard: number; readonly file: Promise<ParquetShard> } | undefined;

    const fileOf = (shard: number, signal: AbortSignal | undefined): Promise<ParquetShard> => {
      if (last?.shard === shard) return last.file;
      const { key, bytes } = shards[shard]!;
      const file = source.stat(key, signal).then((found) => {
        if (found !== undefined && found.bytes !== bytes) throw errors.shardChanged({ shard: key, bytes, found: found.bytes });
        return openShard(source, key, bytes, signal);
      });
      file.catch(() => { last = undefined; });
      last = { shard, file };
      return file;
    };
    const read = async (shard: number, row: number, signal: AbortSignal | undefined): Promise<Readonly<Record<string, unknown>>> => {
      const { key, fault } = shards[shard]!;
      if (fault !== undefined) throw errors.badShard({ shard: key, problem: fault });
      const file = await fileOf(shard, signal);
      const holds = (piece: Piece): boolean => piece.shard === shard && row >= piece.start && row < piece.end;
      let piece = pieces.find(holds);
      if (piece === undefined) {
        const bounds = piecesOf(file.metadata, image);
        const at = bounds.findIndex((bound) => bound > row);
        const [start, end] = [bounds[at - 1]!, bounds[at]!];
        piece = { shard, start, end, rows: file.rows(label === undefined ? [image] : [image, label], start, end) };
        piece.rows.catch(() => { pieces.splice(0); });
        pieces.push(piece);
        if (pieces.length > keptPieces) pieces.shift();
      }
      return (await piece.rows)[row - piece.start]!;
    };
    const at = (item: number): SampleSource => {
      const shard = shardAt(starts, item);
      const row = item - starts[shard]!;
      const { key, fault } = shards[shard]!;
      const id = fault === undefined ? `${key}#${row}` : key;
      return {
        id, item,
        read: async (signal) => bytesOf((await read(shard, row, signal))[image], id),
        label: async (signal) => {
          const found = await read(shard, row, signal);
          const value = label === undefined ? undefined : found[label];
          return labelText(classes === undefined || value == null ? value : classes[Number(value)]) ?? pathOf(found[image]);
        },
      };
    };
    return {
      samples, at: async (item) => at(item),
      async *range(start, end) {
        for (let item = start; item < Math.min(end, samples); item++) yield at(item);
      },
    };
  },
});

/** The last shard that begins at or before an item, of those that have rows. */
function shardAt(starts: readonly number[], item: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= item) low = middle;
    else high = middle - 1;
  }
  return low;
}

function bytesOf(value: unknown, id: string): Uint8Array {
  const bytes = value instanceof Uint8Array ? value : (value as { readonly bytes?: unknown } | null | undefined)?.bytes;
  if (bytes instanceof Uint8Array) return bytes;
  const path = pathOf(value);
  throw errors.badPicture({ id, reason: path === undefined ? 'the row has no picture' : `the row names ${path} and does not hold it` });
}

const pathOf = (value: unknown): string | undefined => labelText((value as { readonly path?: unknown } | null | undefined)?.path);
