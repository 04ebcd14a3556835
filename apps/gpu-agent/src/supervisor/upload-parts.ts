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
 * An object that is already there has the same bytes by the meaning of its key: another attempt, or our own lost answer.
 * Nothing refers to an object until the shard is committed, so parts of a failed upload harm nobody. A store that is away
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
    const put = (): Promise<unknown> => store.put(part.key, content, { ifAbsent: true, contentType: 'application/vnd.apache.parquet' }, signal);
    signal.throwIfAborted();
    await awaitStore(put, how, signal, (error, n) => n < tries && failureClass(error) === FailureClass.TRANSIENT);
    const { path: _path, ...object } = part;
    objects.push(object);
  }
  return objects;
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
