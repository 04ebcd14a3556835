import type { BlobStore } from '@neuron-atlas/blobs';
import type { ModelReport } from './model-report.js';

/** Puts the model, and the files that plugins read, where agents look for them: in the sweep's output, under their content. */
export async function storeModel(store: BlobStore, model: ModelReport, files: ReadonlyMap<string, Uint8Array>, signal: AbortSignal): Promise<void> {
  for (const [name, content] of files) {
    await store.put(`plugin-files/${name.slice('sha256:'.length)}`, content, { ifAbsent: true, contentType: 'application/octet-stream' }, signal);
  }
  // The weights first: whoever finds the model finds them too.
  if (model.data !== undefined) {
    const { name, sizeBytes, chunks } = model.data;
    await store.putLarge(`model/${name}`, { bytes: sizeBytes, chunks }, { ifAbsent: true, contentType: 'application/octet-stream' }, signal);
  }
  await store.put(`model/${model.facts.sha256}.onnx`, model.content, { ifAbsent: true, contentType: 'application/octet-stream' }, signal);
}
