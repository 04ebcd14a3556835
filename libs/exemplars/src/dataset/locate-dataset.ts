import type { BlobStore } from '@neuron-atlas/blobs';

/** Where a data set lies: a folder, and which of its files are meant. */
export interface DatasetLocation {
  readonly folder: string;
  /** Glob over keys in the folder. @default all */
  readonly files?: string;
}

/**
 * A location as a user writes it: a folder, one file (`…/train.tar`), or a pattern (`…/train-*.parquet`, `*` and `?`).
 *
 * A path that ends like a shard is a file if there is one, else a folder of that name.
 */
export async function locateDataset(location: string, openStore: (url: string) => Promise<Pick<BlobStore, 'stat'>>, signal?: AbortSignal): Promise<DatasetLocation> {
  const pattern = /^(.*?)\/([^/]*[*?].*)$/.exec(location);
  if (pattern !== null) return { folder: pattern[1] === '' ? '/' : pattern[1]!, files: pattern[2]! };
  const file = /^(.+)\/([^/]+\.(?:tar|parquet))$/i.exec(location);
  if (file !== null && (await (await openStore(file[1]!)).stat(file[2]!, signal)) !== undefined) return { folder: file[1]!, files: file[2]! };
  return { folder: location };
}
