import { randomUUID } from 'node:crypto';
import { isAtlasError, type AtlasError } from '@neuron-atlas/errors';
import type { BlobStore } from './blob-store.js';
import { errors } from './errors.js';

/**
 * Writes a small object and deletes it, so that an output that cannot be written fails before any work is done.
 *
 * Errors: BLOBS_NOT_WRITABLE, BLOBS_DENIED, BLOBS_NOT_FOUND (no such bucket), BLOBS_UNREACHABLE, naming the url.
 */
export async function checkWritable(store: BlobStore, signal?: AbortSignal): Promise<void> {
  const key = `.neuron-atlas-probe-${randomUUID()}`;
  const content = new TextEncoder().encode('neuron-atlas asks whether it can write here\n');
  try {
    await store.put(key, content, { contentType: 'text/plain' }, signal);
    const found = await store.get(key, undefined, signal);
    if (Buffer.compare(found, content) !== 0) throw errors.notWritable({ url: store.url, key: '', reason: 'what was written is not what is read' });
    await store.delete(key, signal);
  } catch (error) {
    throw aboutTheWhole(error, key);
  }
}

const makers = [errors.notWritable, errors.denied, errors.unreachable, errors.failed];

/** The same error without the probe's key, which says nothing to a user: the output as a whole is meant. */
function aboutTheWhole(error: unknown, key: string): unknown {
  if (!isAtlasError(error) || error.details['key'] !== key) return error;
  const { code, details } = error as AtlasError & { readonly details: { readonly url: string; readonly doing: string; readonly reason: string } };
  return makers.map((make) => make({ ...details, key: '' }, error)).find((made) => made.code === code) ?? error;
}
