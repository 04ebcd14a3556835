import { publishAtlas, type PublishObject } from '@neuron-atlas/atlas';
import type { BlobStore } from '@neuron-atlas/blobs';
import { sha256 } from './content-cache.js';
import type { EngineJob, EngineProgress } from './protocol.js';

/** Makes the atlas of a sweep's committed objects, straight into the store: tables, then atlas.json. */
export async function runPublish(
  { store, onProgress }: { readonly store: BlobStore; readonly onProgress: (progress: EngineProgress) => void },
  { task: { plan }, manifest, failures }: EngineJob,
  signal: AbortSignal,
): Promise<readonly PublishObject[]> {
  const report = (done: number, layers: number): void => onProgress({ phase: 'encode', unitsDone: 0, unitsTotal: 0, fraction: layers === 0 ? 1 : done / layers });
  report(0, plan.layers.length);
  const { objects } = await publishAtlas({ plan, objects: manifest, failures, store, sha256, onProgress: report }, signal);
  return objects;
}
