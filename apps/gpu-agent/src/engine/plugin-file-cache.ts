import { join } from 'node:path';
import type { BlobStore } from '@neuron-atlas/blobs';
import type { SynthesisView } from '@neuron-atlas/spec';
import type { PluginFiles } from '@neuron-atlas/synthesis';
import { errors } from '../errors.js';
import { cacheBytes, readCached, sha256, trimCache, writeCached } from './content-cache.js';

/** What params of a view name as `sha256:<hex>`, those in a formula of objectives among them. */
export function filesOf(view: SynthesisView): readonly string[] {
  const choices = [{ params: view.priorParams }, { params: view.objectiveParams }, ...(view.regularisers ?? []), ...(view.transforms ?? [])];
  const named = choices.flatMap(({ params }) => Object.values(params)).filter((value): value is string => typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value));
  return [...new Set([...named, ...(view.objective.match(/sha256:[0-9a-f]{64}/g) ?? [])])].sort();
}

/** Files that plugins read, by content; what is damaged is fetched again. */
export class PluginFileCache {
  readonly #folder: string;

  constructor(cacheDir: string) { this.#folder = join(cacheDir, 'plugin-files'); }

  /** The files `<output>/plugin-files/<sha256>`. AGENT_MODEL_CHANGED, BLOBS_*. */
  async get(store: BlobStore, names: readonly string[], signal: AbortSignal): Promise<PluginFiles> {
    return new Map(await Promise.all(names.map(async (name): Promise<[string, Uint8Array]> => [name, await this.#one(store, name.slice('sha256:'.length), signal)])));
  }

  async #one(store: BlobStore, wanted: string, signal: AbortSignal): Promise<Uint8Array> {
    const path = join(this.#folder, wanted);
    const cached = await readCached(path);
    if (cached !== undefined && sha256(cached) === wanted) return cached;
    const key = `plugin-files/${wanted}`;
    const content = await store.get(key, undefined, signal);
    const actual = sha256(content);
    if (actual !== wanted) throw errors.modelChanged({ key, expected: wanted, actual });
    await writeCached(path, content);
    await trimCache(this.#folder, cacheBytes);
    return content;
  }
}
