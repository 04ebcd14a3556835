import { createHash } from 'node:crypto';
import type { BlobStore } from '@neuron-atlas/blobs';
import { indexFolder } from '@neuron-atlas/exemplars/node';
import type { DatasetPlan, SweepPlan } from '@neuron-atlas/spec';
import { errors } from './errors.js';
import type { World } from './world.js';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** A data set, listed and named by its list; nothing is written. */
export async function listDataset(world: Pick<World, 'openStore'>, location: string, signal: AbortSignal): Promise<DatasetPlan> {
  const { sha256: index, samples } = await indexFolder(await world.openStore(location), { put: async () => 'written' }, sha256, signal);
  return { location, index, samples };
}

/** Puts the list of the data set where agents look for it: in the sweep's output. CLI_DATASET_CHANGED. */
export async function storeDataset(world: Pick<World, 'openStore'>, store: BlobStore, { dataset }: SweepPlan, signal: AbortSignal): Promise<void> {
  if (dataset === undefined) return;
  const found = await indexFolder(await world.openStore(dataset.location), store, sha256, signal);
  if (found.sha256 !== dataset.index) throw errors.datasetChanged({ path: dataset.location, before: dataset.samples, now: found.samples });
}
