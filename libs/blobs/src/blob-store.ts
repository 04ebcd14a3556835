/** An object as a store knows it. */
export interface BlobStat {
  readonly bytes: number;
  readonly etag: string;
}

/** What is too large to be in memory at once. */
export interface LargeContent {
  readonly bytes: number;
  /** All of it, in pieces of any size; asked for again, the same again. */
  readonly chunks: (signal?: AbortSignal) => AsyncIterable<Uint8Array>;
}

export interface PutOptions {
  readonly ifAbsent?: boolean;
  readonly contentType?: string;
}

/** Objects under one root: a folder, or a bucket with a prefix. Keys are relative, `/`-separated, checked. */
export interface BlobStore {
  /** The root as a user writes it: a path or `s3://bucket/prefix`. */
  readonly url: string;
  /** Whole object, or the bytes [start, end). A missing key is BLOBS_NOT_FOUND. */
  get(key: string, range?: { readonly start: number; readonly end: number }, signal?: AbortSignal): Promise<Uint8Array>;
  stat(key: string, signal?: AbortSignal): Promise<BlobStat | undefined>;
  /**
   * Writes an object that no one writes twice with other content: atomically, all or nothing.
   *
   * With `ifAbsent` an existing object stays as it is and the answer is `existed`.
   */
  put(key: string, data: Uint8Array, options?: PutOptions, signal?: AbortSignal): Promise<'written' | 'existed'>;
  /** The same of content that comes in pieces, of which it holds some megabytes at a time. */
  putLarge(key: string, content: LargeContent, options?: PutOptions, signal?: AbortSignal): Promise<'written' | 'existed'>;
  delete(key: string, signal?: AbortSignal): Promise<void>;
  /** Keys under a prefix, in order. For garbage collection and tests: readers follow the manifest. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<string>;
}
