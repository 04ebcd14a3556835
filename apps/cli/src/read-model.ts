import { createHash } from 'node:crypto';
import { readModel as parseModel, type Runtime } from '@neuron-atlas/onnx';
import { loadModelFile, type LoadedModel } from '@neuron-atlas/onnx/node';
import type { BlobStore } from '@neuron-atlas/blobs';
import { modelReport } from './model-facts.js';
import type { ModelReport } from './model-report.js';

export interface ModelReading {
  readonly runtime: () => Promise<Runtime>;
  readonly openStore: (url: string) => Promise<BlobStore>;
}

/** Reads a model from an absolute path or an s3:// URL and reports on it. In a store it must be one self-contained file. */
export async function readModel(location: string, { runtime, openStore }: ModelReading, signal: AbortSignal): Promise<ModelReport> {
  const cut = location.lastIndexOf('/');
  const name = location.slice(cut + 1);
  const loaded = location.startsWith('s3://') ? await fromStore(await openStore(location.slice(0, cut)), name, signal) : await loadModelFile(location);
  return modelReport(loaded, name, await runtime());
}

async function fromStore(store: BlobStore, key: string, signal: AbortSignal): Promise<LoadedModel> {
  const bytes = await store.get(key, undefined, signal);
  const model = parseModel(bytes, { name: `${store.url}/${key}` });
  return { model, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}
