import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BlobStore } from './blob-store.js';
import { errors } from './errors.js';
import { createFileStore } from './file-store.js';
import type { S3Options } from './s3-store.js';

export interface OpenOptions extends S3Options {
  /** What relative folders are relative to. @default the working directory */
  readonly cwd?: string;
}

/**
 * The store that a url names: a folder (absolute, relative or `file://`), or `s3://bucket/prefix`.
 *
 * Nothing is read or written yet; `checkWritable` does that. Errors: BLOBS_BAD_URL.
 */
export async function openStore(url: string, options: OpenOptions = {}): Promise<BlobStore> {
  if (url === '' || url.includes('\0')) throw errors.badUrl({ url, problem: 'it is empty or has a NUL character' });
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return createFileStore(url, path.resolve(options.cwd ?? process.cwd(), url));
  if (scheme === 'file') return createFileStore(url, fileFolder(url));
  if (scheme === 's3') {
    // The pinned SDK still runs on Node 20, which it says on stderr at every start. Loaded here: it takes 0.2 s that folders need not pay.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
    const { createS3Store } = await import('./s3-store.js');
    return createS3Store(url, options);
  }
  throw errors.badUrl({ url, problem: `${scheme}:// is not supported` });
}

function fileFolder(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw errors.badUrl({ url, problem: error instanceof Error ? error.message : String(error) }, error);
  }
}
