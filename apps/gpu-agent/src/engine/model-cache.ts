import { join } from 'node:path';
import type { BlobStore } from '@neuron-atlas/blobs';
import { readModel, upgradeOpset, type Model } from '@neuron-atlas/onnx';
import { externalFiles } from '@neuron-atlas/onnx/node';
import { errors } from '../errors.js';
import { cacheBytes, readCached, sha256, trimCache, writeCached } from './content-cache.js';
import { DataFileCache } from './data-file-cache.js';

/** Models by content: in memory the last one, without weights that lie in a file beside it; on disk all. What is damaged is fetched again. */
export class ModelCache {
  readonly #folder: string;
  readonly #data: DataFileCache;
  readonly #maxBytes: number;
  #last: { readonly sha256: string; readonly model: Model; readonly dataFiles: readonly string[] } | undefined;

  constructor(cacheDir: string, maxBytes = cacheBytes) {
    this.#maxBytes = maxBytes;
    this.#folder = join(cacheDir, 'models');
    this.#data = new DataFileCache(this.#folder);
  }

  /**
   * The model `<output>/model/<sha256>.onnx`, read and brought to a current opset; its data files lie in the cache.
   *
   * AGENT_MODEL_CHANGED, AGENT_FOREIGN_DATA, ONNX_*, BLOBS_*.
   */
  async get(store: BlobStore, wanted: string, signal: AbortSignal): Promise<Model> {
    if (this.#last?.sha256 === wanted) {
      // Agents that share the folder may have made room there.
      for (const name of this.#last.dataFiles) await this.#data.ensure(store, name, signal);
      return this.#last.model;
    }
    this.#last = undefined;
    const path = join(this.#folder, `${wanted}.onnx`);
    const key = `model/${wanted}.onnx`;
    let content = await readCached(path);
    let fetched = false;
    if (content === undefined || sha256(content) !== wanted) {
      content = await store.get(key, undefined, signal);
      const actual = sha256(content);
      if (actual !== wanted) throw errors.modelChanged({ key, expected: wanted, actual });
      await writeCached(path, content);
      fetched = true;
    }
    const name = `model ${wanted.slice(0, 12)}`;
    const { found, dataFiles } = framed(content, name, key);
    for (const file of dataFiles) fetched = await this.#data.ensure(store, file, signal) || fetched;
    if (fetched) await trimCache(this.#folder, this.#maxBytes, [path, ...dataFiles.map((file) => join(this.#folder, file))]);
    const model = upgradeOpset(dataFiles.length === 0 ? found : withData(content, name, path));
    this.#last = { sha256: wanted, model, dataFiles };
    return model;
  }
}

/** Of small tensors beside a model; the large ones stay in their file. */
const mostInMemory = 2 ** 31;

function withData(content: Uint8Array, name: string, path: string): Model {
  using external = externalFiles(path, { limitBytes: mostInMemory });
  return readModel(content, { name, external: external.data });
}

/** A model without what lies in files beside it, and their names. AGENT_FOREIGN_DATA for one that is not named by its content. */
function framed(content: Uint8Array, name: string, key: string): { readonly found: Model; readonly dataFiles: readonly string[] } {
  const locations = new Set<string>();
  const found = readModel(content, {
    name,
    external: (location, offset, length = 0) => {
      if (!/^[0-9a-f]{64}\.data$/.test(location)) throw errors.foreignData({ key, location });
      locations.add(location);
      return { kind: 'file', path: location, offset, length, read: () => { throw errors.foreignData({ key, location }); } };
    },
  });
  return { found, dataFiles: [...locations] };
}
