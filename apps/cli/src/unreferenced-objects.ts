import type { BlobStore } from '@neuron-atlas/blobs';
import { errors } from './errors.js';

/** Folders in which agents put what a shard made, under a name that ends in a piece of its sha256. Nothing else is ever looked at. */
const folders = ['synthesis', 'exemplars', 'statistics', 'projections', 'partials', 'quality', 'checkpoints'] as const;
const byContent = new RegExp(`^(?:${folders.join('|')})/.+-[0-9a-f]{16}\\.(?:parquet|tally)$`);

export interface Unreferenced {
  /** In the order of the store. */
  readonly found: readonly { readonly key: string; readonly bytes: number }[];
  /** Of what was looked at, objects that a manifest or the atlas there refers to. */
  readonly referenced: number;
}

/**
 * Objects of attempts in an output that neither a manifest nor the `atlas.json` there refers to.
 *
 * Whoever deletes them must know that no sweep works there meanwhile: the same shard made again has the same key. Errors:
 * CLI_BAD_ATLAS where `atlas.json` cannot be read, for then nobody knows what it refers to; the store's own.
 */
export async function unreferencedObjects(store: BlobStore, manifest: readonly string[], signal: AbortSignal): Promise<Unreferenced> {
  const kept = new Set([...manifest, ...await filesOfAtlas(store, signal)]);
  const found: { readonly key: string; readonly bytes: number }[] = [];
  let referenced = 0;
  for (const folder of folders) {
    for await (const key of store.list(`${folder}/`, signal)) {
      if (!byContent.test(key)) continue;
      if (kept.has(key)) {
        referenced++;
        continue;
      }
      const stat = await store.stat(key, signal);
      if (stat !== undefined) found.push({ key, bytes: stat.bytes });
    }
  }
  return { found, referenced };
}

async function filesOfAtlas(store: BlobStore, signal: AbortSignal): Promise<readonly string[]> {
  if (await store.stat('atlas.json', signal) === undefined) return [];
  const manifest = await store.get('atlas.json', undefined, signal);
  try {
    const { files } = JSON.parse(new TextDecoder().decode(manifest)) as { readonly files?: readonly { readonly path: string }[] };
    return files!.map(({ path }) => path);
  } catch (cause) {
    throw errors.badAtlas({ output: store.url, reason: cause instanceof Error ? cause.message : String(cause) }, cause);
  }
}
