import { layerPath, writeSkipped } from '@neuron-atlas/atlas';
import type { BlobStore } from '@neuron-atlas/blobs';
import { LayerTally, openResponses, runPass, tallyToBytes } from '@neuron-atlas/exemplars';
import { decodePicture, fillInput, openDataset } from '@neuron-atlas/exemplars/node';
import type { Runtime } from '@neuron-atlas/onnx';
import type { ShardTask } from '@neuron-atlas/spec';
import { sha256 } from './content-cache.js';
import type { MergedTally } from './merged-tally.js';
import type { ModelCache } from './model-cache.js';
import type { PictureCache } from './picture-cache.js';
import type { EnginePart, EngineProgress } from './protocol.js';
import type { SessionPool } from './session-pool.js';
import { writePart } from './write-part.js';

export interface NaturalDeps {
  readonly runtime: Runtime;
  /** Of the sweep's output. */
  readonly store: BlobStore;
  readonly openStore: (url: string) => Promise<BlobStore>;
  readonly models: ModelCache;
  readonly sessions: SessionPool;
  readonly pictures: PictureCache;
  readonly tallies: MergedTally;
  readonly scratchDir: string;
  readonly onProgress: (progress: EngineProgress) => void;
}

/** A range of the data set through the network: what each layer's units made of it, and what could not be read. */
export async function runExemplars(deps: NaturalDeps, task: ShardTask, signal: AbortSignal): Promise<readonly EnginePart[]> {
  const { plan, unitStart: start, unitEnd: end } = task;
  const view = plan.spec.views.exemplars!;
  const report = (phase: EngineProgress['phase'], done: number): void => deps.onProgress({ phase, unitsDone: done, unitsTotal: end - start, fraction: done / (end - start) });
  report('fetch', 0);
  const model = await deps.models.get(deps.store, plan.modelSha256, signal);
  const dataset = await openDataset(await deps.openStore(plan.dataset!.location), deps.store, { sha256: plan.dataset!.index }, sha256, signal);
  report('compile', 0);
  await using reader = await openResponses({ model, runtime: deps.runtime, input: plan.input, layers: plan.layers, batch: view.batch });
  const tallies = plan.layers.map(({ units }) => new LayerTally({ units, top: view.top, bottom: view.bottom }));
  const { preprocess } = plan.spec.model;
  const [height, width] = plan.input.shape.slice(2) as [number, number];
  const skipped = await runPass({
    reader, tallies, samples: dataset.range(start, end, signal), sha256, signal,
    rowLength: plan.input.shape.slice(1).reduce((a, b) => a * b, 1),
    decode: async (content, id, row) => fillInput(row, (await decodePicture(content, id, { preprocess, input: { height, width } })).input, preprocess),
    onProgress: (done) => report('look', done),
  });
  report('encode', end - start);
  const range = [start, end].map((n) => String(n).padStart(10, '0')).join('-');
  const parts: EnginePart[] = [];
  for (const [i, { id }] of plan.layers.entries()) {
    parts.push(await writePart(deps, tallyToBytes(tallies[i]!), (digest) => `partials/${layerPath(id)}/${range}-${digest}.tally`, { kind: 'tally', layer: id, rows: tallies[i]!.size.units }));
  }
  parts.push(await writePart(deps, writeSkipped(skipped), (digest) => `partials/skipped/${range}-${digest}.parquet`, { kind: 'skipped-samples', layer: '', rows: skipped.length }));
  return parts;
}
