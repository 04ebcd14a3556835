import type { BlobStore } from '@neuron-atlas/blobs';
import { errors } from '../errors.js';
import type { Dataset, SampleSource } from './dataset.js';

/** The list of a folder's pictures, made once before a sweep, so that all who read the data set number it alike. */
export interface FolderIndex {
  readonly format: 1;
  readonly samples: number;
  /** Names in a chunk, but for the last. */
  readonly chunk: number;
  /** sha256 of each chunk. */
  readonly chunks: readonly string[];
}

/** Names in a chunk of the index: what is held of a data set at one time, and what a range costs to open. */
const chunkNames = 4096;

const picture = /\.(jpe?g|png|webp|gif|tiff?|avif|bmp)$/i;

/** Where the parts of an index lie in the output of a sweep. */
export const folderIndexKey = (sha256: string): string => `dataset/${sha256}.json`;
const chunkKey = (sha256: string): string => `dataset/names/${sha256}.json`;

/**
 * Lists a folder's pictures, folders in it too, into an index in `output`; nothing but a chunk of names is held.
 *
 * Gives the index's name and size. Errors: EXEMPLARS_EMPTY_DATASET, and the stores' own.
 */
export async function indexFolder(
  source: Pick<BlobStore, 'list' | 'url'>, output: Pick<BlobStore, 'put'>, sha256: (data: Uint8Array) => string, signal?: AbortSignal,
): Promise<{ readonly sha256: string; readonly samples: number }> {
  const chunks: string[] = [];
  let [names, samples]: [string[], number] = [[], 0];
  const put = async (key: (digest: string) => string, value: unknown): Promise<string> => {
    const data = new TextEncoder().encode(JSON.stringify(value));
    const digest = sha256(data);
    await output.put(key(digest), data, { ifAbsent: true, contentType: 'application/json' }, signal);
    return digest;
  };
  for await (const key of source.list('', signal)) {
    if (!picture.test(key)) continue;
    names.push(key);
    samples++;
    if (names.length < chunkNames) continue;
    chunks.push(await put(chunkKey, names));
    names = [];
  }
  if (names.length > 0) chunks.push(await put(chunkKey, names));
  if (samples === 0) throw errors.emptyDataset({ path: source.url });
  const index: FolderIndex = { format: 1, samples, chunk: chunkNames, chunks };
  return { sha256: await put(folderIndexKey, index), samples };
}

/** A folder as its index in `output` lists it. Errors: EXEMPLARS_BAD_INDEX, and the stores' own. */
export async function openFolder(
  source: Pick<BlobStore, 'get'>, output: Pick<BlobStore, 'get'>, index: { readonly sha256: string }, sha256: (data: Uint8Array) => string, signal?: AbortSignal,
): Promise<Dataset> {
  const load = async <T>(key: string, digest: string, stop: AbortSignal | undefined): Promise<T> => {
    const data = await output.get(key, undefined, stop);
    if (sha256(data) !== digest) throw errors.badIndex({ key });
    return JSON.parse(new TextDecoder().decode(data)) as T;
  };
  const { samples, chunk, chunks } = await load<FolderIndex>(folderIndexKey(index.sha256), index.sha256, signal);
  let last: { readonly number: number; readonly names: readonly string[] } | undefined;
  const namesOf = async (number: number, stop: AbortSignal | undefined): Promise<readonly string[]> => {
    if (last?.number !== number) last = { number, names: await load(chunkKey(chunks[number]!), chunks[number]!, stop) };
    return last.names;
  };
  const at = async (item: number, stop?: AbortSignal): Promise<SampleSource> => {
    const id = (await namesOf(Math.floor(item / chunk), stop))[item % chunk]!;
    return { id, item, read: (reading) => source.get(id, undefined, reading) };
  };
  return {
    samples, at,
    async *range(start, end, stop) {
      for (let item = start; item < Math.min(end, samples); item++) yield at(item, stop);
    },
  };
}
