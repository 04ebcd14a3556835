import type { BlobStore } from '@neuron-atlas/blobs';
import { matchesGlob } from '@neuron-atlas/spec';
import { errors } from '../errors.js';
import type { Dataset } from './dataset.js';
import type { DatasetFormat, DatasetOptions } from './dataset-format.js';
import * as builtin from './formats/index.js';

const formats: readonly DatasetFormat<{ readonly samples: number }>[] = Object.values(builtin);
export const formatNames: readonly string[] = formats.map(({ name }) => name);

/** The list of a data set's samples, made once before a sweep, so that all who read it number them alike. */
interface DatasetIndex {
  readonly version: 2;
  readonly format: string;
  readonly samples: number;
  readonly list: { readonly samples: number };
}

/** Where the parts of an index lie in the output of a sweep. */
export const datasetIndexKey = (sha256: string): string => `dataset/${sha256}.json`;
const partKey = (sha256: string): string => `dataset/names/${sha256}.json`;

type Digest = (data: Uint8Array) => string;

/**
 * Lists the samples under a root into an index in `output`: as pictures, as shards, whichever lie there. Nothing is held of
 * it but what grows with the number of shards, and one part of the samples.
 *
 * Gives the index's name and size. Errors: EXEMPLARS_EMPTY_DATASET, EXEMPLARS_MIXED_DATASET, EXEMPLARS_PACKED_SHARD, EXEMPLARS_UNKNOWN_FORMAT,
 * those of a format, and the stores' own.
 */
export async function indexDataset(
  source: Pick<BlobStore, 'list' | 'get' | 'stat' | 'url'>, output: Pick<BlobStore, 'put'>, options: DatasetOptions, sha256: Digest, signal?: AbortSignal,
): Promise<{ readonly sha256: string; readonly samples: number }> {
  const put = async (key: (digest: string) => string, value: unknown): Promise<string> => {
    const data = new TextEncoder().encode(JSON.stringify(value));
    const digest = sha256(data);
    await output.put(key(digest), data, { ifAbsent: true, contentType: 'application/json' }, signal);
    return digest;
  };
  const keys = ownKeys(source, options, signal);
  const { value: format } = await keys.next();
  if (format === undefined || typeof format === 'string') throw errors.emptyDataset({ path: source.url });
  const list = await format.list(keys as AsyncGenerator<string, void>, { source, options, put: (part) => put(partKey, part), signal });
  if (list.samples === 0) throw errors.emptyDataset({ path: source.url });
  const index: DatasetIndex = { version: 2, format: format.name, samples: list.samples, list };
  return { sha256: await put(datasetIndexKey, index), samples: list.samples };
}

/** First the format that the files have or that was asked for, then the keys of its files. */
async function* ownKeys(source: Pick<BlobStore, 'list' | 'url'>, { format: wanted, files }: DatasetOptions, signal: AbortSignal | undefined): AsyncGenerator<DatasetFormat<{ readonly samples: number }> | string, void, undefined> {
  let chosen = formats.find(({ name }) => name === wanted);
  if (wanted !== undefined && chosen === undefined) throw errors.unknownFormat({ format: wanted, known: formatNames });
  if (chosen !== undefined) yield chosen;
  for await (const key of source.list('', signal)) {
    if (files !== undefined && !matchesGlob(files, key)) continue;
    if (/\.(tar\.\w+|tgz)$/i.test(key)) throw errors.packedShard({ shard: key });
    const format = formats.find(({ owns }) => owns.test(key));
    if (format === undefined) continue;
    if (chosen === undefined) yield (chosen = format);
    if (format === chosen) yield key;
    else if (wanted === undefined) throw errors.mixedDataset({ path: source.url, one: chosen.name, other: format.name, key });
  }
}

/** A data set as its index in `output` lists it. Errors: EXEMPLARS_BAD_INDEX, and the stores' own. */
export async function openDataset(
  source: Pick<BlobStore, 'get' | 'stat'>, output: Pick<BlobStore, 'get'>, index: { readonly sha256: string }, sha256: Digest, signal?: AbortSignal,
): Promise<Dataset> {
  const load = async <T>(key: string, digest: string, stop: AbortSignal | undefined): Promise<T> => {
    const data = await output.get(key, undefined, stop);
    if (sha256(data) !== digest) throw errors.badIndex({ key });
    return JSON.parse(new TextDecoder().decode(data)) as T;
  };
  const key = datasetIndexKey(index.sha256);
  const { version, format: name, list } = await load<DatasetIndex>(key, index.sha256, signal);
  const format = formats.find((one) => one.name === name);
  if (version !== 2 || format === undefined) throw errors.badIndex({ key });
  return format.open(list, { source, load: (digest, stop) => load(partKey(digest), digest, stop) });
}
