import { createHash } from 'node:crypto';
import type { BlobStore } from '@neuron-atlas/blobs';
import { datasetIndexKey, indexDataset, locateDataset } from '@neuron-atlas/exemplars/node';
import type { DatasetPlan, DatasetSpec, SweepPlan } from '@neuron-atlas/spec';
import { errors } from './errors.js';
import type { World } from './world.js';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** A data set, listed and named by its list; nothing is written. `location`: its path, made absolute. */
export async function listDataset(world: Pick<World, 'openStore'>, spec: DatasetSpec, location: string, signal: AbortSignal): Promise<DatasetPlan> {
  const { folder, files } = await locateDataset(location, (url) => world.openStore(url), signal);
  const { sha256: index, samples } = await indexDataset(await world.openStore(folder), { put: async () => 'written' }, { ...spec, files }, sha256, signal);
  return { location: folder, ...(files === undefined ? {} : { files }), index, samples };
}

/** Puts the list of the data set where agents look for it: in the sweep's output. CLI_DATASET_CHANGED. */
export async function storeDataset(world: Pick<World, 'openStore'>, store: BlobStore, { spec, dataset }: SweepPlan, signal: AbortSignal): Promise<void> {
  if (dataset === undefined || (await store.stat(datasetIndexKey(dataset.index), signal)) !== undefined) return;   // written last: its parts are there
  const found = await indexDataset(await world.openStore(dataset.location), store, { ...spec.dataset, files: dataset.files }, sha256, signal);
  if (found.sha256 !== dataset.index) throw errors.datasetChanged({ path: dataset.location, before: dataset.samples, now: found.samples });
}
