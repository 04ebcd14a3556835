import { createHash } from 'node:crypto';
import { bindInputs, type ExternalData, type GivenInputs, readModel as parseModel, type Runtime } from '@neuron-atlas/onnx';
import { keptFiles, loadModelFile, type LoadedModel, type LoadOptions } from '@neuron-atlas/onnx/node';
import type { BlobStore } from '@neuron-atlas/blobs';
import { modelReport } from './model-facts.js';
import type { ModelReport } from './model-report.js';

export interface ModelReading {
  readonly runtime: () => Promise<Runtime>;
  readonly openStore: (url: string) => Promise<BlobStore>;
  readonly limits?: Pick<LoadOptions, 'wholeUpTo' | 'readUpTo'>;
}

/**
 * Reads a model from an absolute path or an s3:// URL and reports on it. In a store it must be one self-contained file.
 *
 * With constants for inputs it is the model that has them inside: another file, of another name by content.
 */
export async function readModel(location: string, inputs: GivenInputs, { runtime, openStore, limits }: ModelReading, signal: AbortSignal): Promise<ModelReport> {
  const cut = location.lastIndexOf('/');
  const name = location.slice(cut + 1);
  const loaded = location.startsWith('s3://') ? await fromStore(await openStore(location.slice(0, cut)), name, signal) : await loadModelFile(location, { ...limits, signal });
  return modelReport(await withInputs(loaded, inputs, signal), name, await runtime());
}

async function withInputs(loaded: LoadedModel, inputs: GivenInputs, signal: AbortSignal): Promise<LoadedModel> {
  const model = bindInputs(loaded.model, inputs);
  return model === loaded.model ? loaded : keptFiles(model, signal);
}

async function fromStore(store: BlobStore, key: string, signal: AbortSignal): Promise<LoadedModel> {
  const bytes = await store.get(key, undefined, signal);
  const model = parseModel(bytes, { name: `${store.url}/${key}`, external: notFromStore });
  return { model, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

const notFromStore: ExternalData = () => { throw new Error('from a store a model is read as one self-contained file; copy it with its data to a folder and name it there'); };
