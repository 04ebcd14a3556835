import type { BlobStore } from '@neuron-atlas/blobs';
import type { Dataset } from './dataset.js';

/** What a spec says of its data set beside where it lies. */
export interface DatasetOptions {
  /** Name of the format. @default the one whose files lie there */
  readonly format?: string | undefined;
  /** Where the picture is: a column of Parquet, the ending of a member of a tar. @default what looks like a picture */
  readonly image?: string | undefined;
  /** Where its label is: a column, an ending, a field of a JSON member. @default the first that is usual */
  readonly label?: string | undefined;
  /** Glob over the keys of the files. @default all */
  readonly files?: string | undefined;
}

export interface Listing {
  readonly source: Pick<BlobStore, 'get' | 'stat' | 'url'>;
  readonly options: DatasetOptions;
  /** Puts a part of the list into the output; gives its sha256. */
  readonly put: (part: unknown) => Promise<string>;
  readonly signal?: AbortSignal | undefined;
}

export interface Opening {
  readonly source: Pick<BlobStore, 'get' | 'stat'>;
  /** A part of the list by its sha256. */
  readonly load: <T>(sha256: string, signal: AbortSignal | undefined) => Promise<T>;
}

/** How a data set lies in a store. */
export interface DatasetFormat<List extends { readonly samples: number }> {
  readonly name: string;
  /** The files that hold its samples. */
  readonly owns: RegExp;
  /** Numbers the samples of these files, in order; what it gives grows with the files and not with the samples, or lies in parts. */
  list(keys: AsyncIterable<string>, listing: Listing): Promise<List>;
  open(list: List, opening: Opening): Dataset;
}

export const defineFormat = <List extends { readonly samples: number }>(format: DatasetFormat<List>): DatasetFormat<List> => format;
