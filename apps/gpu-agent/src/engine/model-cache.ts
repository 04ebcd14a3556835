import { join } from 'node:path';
import type { BlobStore } from '@neuron-atlas/blobs';
import { readModel, upgradeOpset, type Model } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';
import { cacheBytes, readCached, sha256, trimCache, writeCached } from './content-cache.js';

/** Models by content: in memory the last one, on disk all; what is damaged is fetched again. */
export class ModelCache {
  readonly #folder: string;
  #last: { readonly sha256: string; readonly model: Model } | undefined;

  constructor(cacheDir: string) { this.#folder = join(cacheDir, 'models'); }

  /** The model `<output>/model/<sha256>.onnx`, read and brought to a current opset. AGENT_MODEL_CHANGED, ONNX_*, BLOBS_*. */
  async get(store: BlobStore, wanted: string, signal: AbortSignal): Promise<Model> {
    if (this.#last?.sha256 === wanted) return this.#last.model;
    this.#last = undefined;
    const path = join(this.#folder, `${wanted}.onnx`);
    let content = await readCached(path);
    if (content === undefined || sha256(content) !== wanted) {
      const key = `model/${wanted}.onnx`;
      content = await store.get(key, undefined, signal);
      const actual = sha256(content);
      if (actual !== wanted) throw errors.modelChanged({ key, expected: wanted, actual });
      await writeCached(path, content);
      await trimCache(this.#folder, cacheBytes);
    }
    const model = upgradeOpset(readModel(content, { name: `model ${wanted.slice(0, 12)}` }));
    this.#last = { sha256: wanted, model };
    return model;
  }
}
