import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isAtlasError } from '@neuron-atlas/errors';
import { errors } from '../errors.js';
import { constantsToInitializers } from '../edit/constants-to-initializers.js';
import type { Model } from '../graph.js';
import { checkAttributes } from '../read/check-attributes.js';
import { readModel } from '../read/read-model.js';
import { fileRanges } from '../write/file-ranges.js';
import { writeModel } from '../write/write-model.js';
import { type DataFile, inTwoFiles } from './data-file.js';
import { externalFiles } from './external-files.js';
import { onDisk } from './on-disk.js';

/** Protocol buffers end at 2 GiB, and so does a model in one file. */
const limitBytes = 2 ** 31 - 1;

/** A model and the files that it is kept in. */
export interface LoadedModel {
  readonly model: Model;
  /** One self-contained file, or the graph alone where there is `data`. */
  readonly bytes: Uint8Array;
  /** Of `bytes`, in hexadecimal. */
  readonly sha256: string;
  /** The weights, where all of it does not fit into one file. */
  readonly data?: DataFile;
}

export interface LoadOptions {
  /** Up to this size a model becomes one self-contained file. @default what protocol buffers can hold, 2 GiB */
  readonly wholeUpTo?: number;
  /** In a model that does not, tensors up to this size come into memory. @default 64 KiB */
  readonly readUpTo?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads a model from disk with the external data beside it. What can be refused by its frame is not read into memory.
 *
 * A model that fits into one file becomes one: the bytes as they lay if there is no external data, else written anew with it
 * inside. Of a larger one the weights stay where they are, and are read through once, for their sha256.
 */
export async function loadModelFile(path: string, { wholeUpTo = limitBytes, readUpTo, signal }: LoadOptions = {}): Promise<LoadedModel> {
  const original = await checkedFile(path);
  using external = externalFiles(path, { limitBytes, readUpTo });
  const model = readModel(original, { name: path, external: external.data });
  if (external.sizeBytes() === 0) return named({ model, bytes: new Uint8Array(original.buffer, original.byteOffset, original.length) });
  return original.length + external.sizeBytes() <= wholeUpTo ? inOneFile(model, path) : keptFiles({ ...model, graph: constantsToInitializers(model.graph) }, signal);
}

/** The files of a model that was changed after it was loaded: as many as `loadModelFile` gave. */
export function keptFiles(model: Model, signal?: AbortSignal): Promise<LoadedModel> | LoadedModel {
  if (fileRanges(model).length === 0) return named({ model, bytes: writeModel(model) });
  return inTwoFiles(model, signal).then((files) => named({ model, ...files }));
}

/** Read again from its own bytes, in which its weights then lie. */
function inOneFile(model: Model, name: string): LoadedModel {
  const bytes = writeModel(model);
  return named({ model: readModel(bytes, { name }), bytes });
}

const named = (files: Omit<LoadedModel, 'sha256'>): LoadedModel => ({ ...files, sha256: createHash('sha256').update(files.bytes).digest('hex') });

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
