import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isAtlasError } from '@neuron-atlas/errors';
import { errors } from '../errors.js';
import type { Model } from '../graph.js';
import { checkAttributes } from '../read/check-attributes.js';
import { readModel } from '../read/read-model.js';
import { writeModel } from '../write/write-model.js';
import { externalFiles } from './external-files.js';
import { onDisk } from './on-disk.js';

/** Protocol buffers end at 2 GiB, and so does a model in one file. */
const limitBytes = 2 ** 31 - 1;

export interface LoadedModel {
  readonly model: Model;
  /** One self-contained file: the bytes as they lay if there is no external data, else written anew with it inside. */
  readonly bytes: Uint8Array;
  /** Of `bytes`, in hexadecimal. */
  readonly sha256: string;
}

/** Reads a model from disk with the external data beside it. What can be refused by its frame is not read into memory. */
export async function loadModelFile(path: string): Promise<LoadedModel> {
  const original = await checkedFile(path);
  using external = externalFiles(path, limitBytes - original.length);
  const model = readModel(original, { name: path, external: external.read });
  const bytes = external.sizeBytes() === 0 ? new Uint8Array(original.buffer, original.byteOffset, original.length) : writeModel(model);
  return { model, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function checkedFile(path: string): Promise<Buffer> {
  try {
    if ((await stat(path)).isFile()) { // a pipe can be read only once
      using file = onDisk(path);
      checkAttributes(file, path);
    }
    return await readFile(path);
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    if (isAtlasError(error)) throw error;
    if (cause.code === 'ERR_FS_FILE_TOO_LARGE') throw errors.fileTooLarge({ file: path, sizeBytes: limitBytes + 1, limitBytes }, cause);
    throw errors.noFile({ file: path, reason: cause.code === 'ENOENT' ? 'it is not there' : cause.message }, cause);
  }
}
