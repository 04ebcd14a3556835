import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { BlobStore } from '@neuron-atlas/blobs';
import { FailureClass } from '@neuron-atlas/proto';
import type { Logger } from 'pino';
import type { PublishObject } from '@neuron-atlas/atlas';
import type { EnginePart } from '../engine/protocol.js';
import { errors } from '../errors.js';
import { awaitStore } from './await-store.js';
import { failureClass } from './failure-class.js';
import type { Timing } from './timing.js';

const tries = 6;

/**
 * Puts result files into the store under their content-addressed keys and gives the manifest rows.
 *
 * An object that is already there has the same bytes by the meaning of its key: another attempt, or our own lost answer. That is
 * looked at: before a part counts, the store must say that its object has the part's size, and one that was there before must have its
 * sha256. One that has not is written over, once (AGENT_OBJECT_DIFFERS where that does not help). Nothing refers to an object until the shard is committed, so parts of a failed upload harm nobody. A store that is away
 * is waited for (`awaitStore`); what else may pass is tried a few times.
 */
export async function uploadParts(
  { store, ...how }: { readonly store: BlobStore; readonly log: Logger; readonly timing: Timing; readonly random: () => number },
  parts: readonly EnginePart[],
  signal: AbortSignal,
): Promise<readonly PublishObject[]> {
  const objects: PublishObject[] = [];
  for (const part of parts) {
    const content = await read(part);
    const put = (): Promise<void> => putChecked(store, part, content, signal);
    signal.throwIfAborted();
    await awaitStore(put, how, signal, (error, n) => n < tries && failureClass(error) === FailureClass.TRANSIENT);
    const { path: _path, ...object } = part;
    objects.push(object);
  }
  return objects;
}

async function putChecked(store: BlobStore, part: EnginePart, content: Uint8Array, signal: AbortSignal): Promise<void> {
  const contentType = 'application/vnd.apache.parquet';
  const said = await store.put(part.key, content, { ifAbsent: true, contentType }, signal);
  if (await difference(store, part, said === 'existed', signal) === undefined) return;
  await store.put(part.key, content, { contentType }, signal);
  const still = await difference(store, part, true, signal);
  if (still !== undefined) throw errors.objectDiffers({ key: part.key, expected: `${part.bytes} bytes of sha256 ${part.sha256}`, actual: still });
}

/** What a store has in the place of a part, where it is another; of one that was there before the content counts, not the size alone. */
async function difference(store: BlobStore, { key, bytes, sha256 }: EnginePart, whole: boolean, signal: AbortSignal): Promise<string | undefined> {
  const stat = await store.stat(key, signal);
  if (stat === undefined) return 'nothing';
  if (stat.bytes !== bytes) return `${stat.bytes} bytes`;
  if (!whole) return undefined;
  const actual = createHash('sha256').update(await store.get(key, undefined, signal)).digest('hex');
  return actual === sha256 ? undefined : `sha256 ${actual}`;
}

async function read(part: EnginePart): Promise<Uint8Array> {
  let content: Uint8Array;
  try {
    content = await readFile(part.path);
  } catch (cause) {
    throw errors.diskFailed({ path: part.path, detail: (cause as Error).message }, cause);
  }
  const actual = createHash('sha256').update(content).digest('hex');
  if (actual !== part.sha256) throw errors.partChanged({ file: basename(part.path), expected: part.sha256, actual });
  return content;
}
