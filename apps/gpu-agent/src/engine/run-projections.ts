import { layerPath, readExemplars, writeProjections, type ExemplarFacts, type ProjectionRow } from '@neuron-atlas/atlas';
import type { RawPicture } from '@neuron-atlas/exemplars';
import { fillInput } from '@neuron-atlas/exemplars/node';
import type { SweepPlan } from '@neuron-atlas/spec';
import { projectionPicture, type ProjectionMeta } from '@neuron-atlas/synthesis';
import { batchesAhead } from './batches-ahead.js';
import { openChosen } from './chosen-pictures.js';
import { encodeCrop } from './encode-crop.js';
import { layerProjector } from './layer-view.js';
import type { EngineJob, EnginePart, Phase } from './protocol.js';
import type { NaturalDeps } from './run-exemplars.js';
import { writePart } from './write-part.js';

/**
 * What of its exemplars excites each unit of a range, cut out as they are, into one Parquet file in the scratch folder.
 *
 * Exemplars are taken picture by picture, so that each is read once. Nothing is made of units whose exemplars were given up.
 */
export async function runProjections(deps: NaturalDeps, { task, manifest }: EngineJob, signal: AbortSignal): Promise<readonly EnginePart[]> {
  const { plan, layer, unitStart, unitEnd } = task;
  const view = plan.spec.views.projections!;
  const units = unitEnd - unitStart;
  const report = (phase: Phase, share: number): void => deps.onProgress({ phase, unitsDone: Math.floor(share * units), unitsTotal: units, fraction: share });
  report('fetch', 0);
  const chosen = (await readExemplars({ store: deps.store, objects: manifest }, layer, [unitStart, unitEnd], signal)).filter(({ kind }) => view.kinds.includes(kind));
  if (chosen.length === 0) return [];
  report('compile', 0);
  const projector = await layerProjector(deps, plan, plan.layers.find(({ id }) => id === layer)!, view, signal);
  const picture = await pictureReader(deps, plan, signal);

  const order = chosen.map((_, at) => at).sort((a, b) => chosen[a]!.sampleItem - chosen[b]!.sampleItem || a - b);
  const load = (batch: readonly number[]): Promise<readonly Float32Array[]> => Promise.all(batch.map((at) => picture(chosen[at]!)));
  const rows = new Array<ProjectionRow>(chosen.length);
  for await (const { batch, loaded: pictures, share } of batchesAhead(order, view.batch, load)) {
    const made = await projector.run(batch.map((at, row) => ({ picture: pictures[row]!, unit: chosen[at]!.unit, place: placeOf(chosen[at]!, projector.meta) })), signal);
    await Promise.all(batch.map(async (at, row) => {
      const { unit, kind, rank, box, inputBox } = chosen[at]!;
      const crop = await encodeCrop(bytesOf(projectionPicture(made[row]!.projection, projector.meta, inputBox)), plan.spec.publish ?? 'crops');
      rows[at] = { layer, unit, kind, rank, method: view.method, seed: view.seed, box, ...crop };
    }));
    signal.throwIfAborted();
    report('look', share);
  }
  const range = [unitStart, unitEnd].map((n) => String(n).padStart(5, '0')).join('-');
  return [await writePart(deps, writeProjections(rows), (digest) => `projections/${layerPath(layer)}/${range}-${digest}.parquet`, { kind: 'projections', layer, rows: rows.length })];
}

/** Pictures as a projection takes them, f32[C, H, W] in 0..1. */
async function pictureReader(deps: NaturalDeps, plan: SweepPlan, signal: AbortSignal): Promise<(of: ExemplarFacts) => Promise<Float32Array>> {
  const [channels, height, width] = plan.input.shape.slice(1) as [number, number, number];
  const plain = { mean: [0, 0, 0], std: [1, 1, 1], range: [0, 1], color: channels === 1 ? 'L' : 'RGB' } as const;
  const picture = await openChosen(deps, plan, signal);
  return async ({ sampleItem, sampleSha256 }) => {
    const row = new Float32Array(channels * height * width);
    fillInput(row, (await picture({ item: sampleItem, sha256: sampleSha256 })).input, plain);
    return row;
  };
}

/** The flat place of an exemplar in its layer's map: x counts along the last axis, y along the one before. */
function placeOf({ x, y }: ExemplarFacts, { map }: ProjectionMeta): number {
  return map.length === 0 ? 0 : y * map.at(-1)! + x;
}

/** f32[C, H, W] in 0..1 as u8[H, W, C]. */
function bytesOf({ image, channels, width, height }: { readonly image: Float32Array; readonly channels: number; readonly width: number; readonly height: number }): RawPicture {
  const plane = width * height;
  const data = new Uint8Array(image.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < plane; i++) data[i * channels + c] = Math.round(image[c * plane + i]! * 255);
  }
  return { data, channels, width, height };
}
