import type { BlobStore } from '@neuron-atlas/blobs';
import type { ModelReport } from './model-report.js';

/** Puts the model where agents look for it: in the sweep's output, under its content. */
export async function storeModel(store: BlobStore, model: ModelReport, signal: AbortSignal): Promise<void> {
  await store.put(`model/${model.facts.sha256}.onnx`, model.content, { ifAbsent: true, contentType: 'application/octet-stream' }, signal);
}
