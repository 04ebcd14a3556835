import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { errors } from '../errors.js';
import type { Model } from '../graph.js';
import type { FileRange } from '../tensor-source.js';
import { fileRanges, rangeKey } from '../write/file-ranges.js';
import { type DataPlaces, writeModel } from '../write/write-model.js';

/** The weights of a model that does not fit into one file, as one file that lies beside it. */
export interface DataFile {
  /** `<sha256>.data`: the model refers to it by this name, so that the model's own sha256 stands for both. */
  readonly name: string;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Its content, a few megabytes at a time, from where the weights lie; again each time. ONNX_EXTERNAL_MISSING where they changed. */
  readonly chunks: (signal?: AbortSignal) => AsyncIterable<Uint8Array>;
}

/** Tensors begin at whole pages, as the ONNX format advises, so that a runtime can map them. */
const pageBytes = 4096;
const chunkBytes = 2 ** 23;

/** A model whose weights stay out of memory as two files: the graph and, beside it, what it refers to. */
export async function inTwoFiles(model: Model, signal?: AbortSignal): Promise<{ readonly bytes: Uint8Array; readonly data: DataFile }> {
  const ranges = fileRanges(model);
  const offsets = new Map<string, number>();
  let sizeBytes = 0;
  for (const range of ranges) {
    const offset = Math.ceil(sizeBytes / pageBytes) * pageBytes;
    offsets.set(rangeKey(range), offset);
    sizeBytes = offset + range.length;
  }
  const chunks = (stop?: AbortSignal): AsyncIterable<Uint8Array> => chunksOf(ranges, stop);
  const hash = createHash('sha256');
  for await (const chunk of chunks(signal)) hash.update(chunk);
  const sha256 = hash.digest('hex');
  const name = `${sha256}.data`;
  const placed: DataPlaces = (range) => ({ location: name, offset: offsets.get(rangeKey(range))! });
  return { bytes: writeModel(model, placed), data: { name, sha256, sizeBytes, chunks } };
}

async function* chunksOf(ranges: readonly FileRange[], signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  let written = 0;
  for (const { path, offset, length } of ranges) {
    const gap = (pageBytes - (written % pageBytes)) % pageBytes;
    if (gap > 0) yield new Uint8Array(gap);
    await using file = await open(path, 'r');
    for (let at = 0; at < length;) {
      signal?.throwIfAborted();
      const chunk = new Uint8Array(Math.min(chunkBytes, length - at));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, offset + at);
      if (bytesRead === 0) throw errors.externalMissing({ tensor: 'of the model', location: path, reason: `it ended at byte ${offset + at}` });
      yield chunk.subarray(0, bytesRead);
      at += bytesRead;
    }
    written += gap + length;
  }
}
