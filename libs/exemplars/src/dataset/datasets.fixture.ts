import { createHash } from 'node:crypto';
import { openStore } from '@neuron-atlas/blobs';
import type { Dataset } from './dataset.js';
import type { DatasetOptions } from './dataset-format.js';
import { indexDataset, openDataset } from './dataset-index.js';
import { locateDataset } from './locate-dataset.js';

export const digest = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** Lists a data set into `output` and opens it by its list, as a sweep and its agents do. */
export async function listAndOpen(path: string, output: string, options: DatasetOptions = {}): Promise<Dataset> {
  const { folder, files } = await locateDataset(path, (url) => openStore(url));
  const [source, out] = [await openStore(folder), await openStore(output)];
  return openDataset(source, out, await indexDataset(source, out, { ...options, files }, digest), digest);
}

export interface Read { readonly id: string; readonly label: string | undefined; readonly content: string }

/** Ids, labels and contents of a range; of a sample that cannot be read its code. */
export async function readAll(dataset: Dataset, start = 0, end = dataset.samples): Promise<readonly Read[]> {
  const found: Read[] = [];
  for await (const sample of dataset.range(start, end)) {
    const content = await sample.read().then((data) => Buffer.from(data).toString('latin1'), (error: unknown) => (error as { readonly code: string }).code);
    found.push({ id: sample.id, content, label: await sample.label().catch(() => undefined) });
  }
  return found;
}
