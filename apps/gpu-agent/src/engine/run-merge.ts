import { layerPath, writeExemplars, writeStatistics, type ExemplarRow, type Health, type StatisticsRow } from '@neuron-atlas/atlas';
import {
  cropPicture, exemplarsOf, LayerTally, meanFill, neighboursOf, openPlaces, rankedValue, receptiveFields, summariesOf, tallyFromBytes, toOriginal, unitBox,
  type Exemplar, type Field, type PictureView, type RawPicture,
} from '@neuron-atlas/exemplars';
import { decodePicture, fillInput, openFolder } from '@neuron-atlas/exemplars/node';
import { specialize, type Model } from '@neuron-atlas/onnx';
import type { LayerPlan, ShardTask } from '@neuron-atlas/spec';
import { sha256 } from './content-cache.js';
import { encodeCrop } from './encode-crop.js';
import type { EngineJob, EnginePart } from './protocol.js';
import { writePart, type NaturalDeps } from './run-exemplars.js';
import { sampleContent } from './sample-content.js';

/** Units of one file of exemplars: with 23 crops each a few megabytes. */
const unitsPerFile = 128;

/** All that the data set says of one layer: the tallies of its ranges merged, the chosen pictures found again and cropped. */
export async function runMerge(deps: NaturalDeps, { task, manifest }: EngineJob, signal: AbortSignal): Promise<readonly EnginePart[]> {
  const { plan } = task;
  const layer = plan.layers.find(({ id }) => id === task.layer)!;
  const view = plan.spec.views.exemplars!;
  const report = (phase: 'fetch' | 'look' | 'encode', fraction: number): void =>
    deps.onProgress({ phase, unitsDone: Math.floor(fraction * layer.units), unitsTotal: layer.units, fraction });
  report('fetch', 0);
  const model = await deps.models.get(deps.store, plan.modelSha256, signal);
  const tally = new LayerTally({ units: layer.units, top: view.top, bottom: view.bottom });
  for (const { key } of manifest.filter(({ kind, layer: of }) => kind === 'tally' && of === layer.id)) {
    tally.merge(tallyFromBytes(await deps.store.get(key, undefined, signal), key));
  }
  const units = layer.selected.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));
  const chosen = new Map(units.map((unit) => [unit, exemplarsOf(tally, unit, view.quantiles)]));
  const { rows, means } = await crops(deps, task, { layer, model, chosen }, signal, (share) => report('look', share));
  report('encode', 1);

  const { rectified } = rankedValue(model, layer.tensor);
  const byMean = plan.spec.views.synthesis[0]?.objective === 'channel';
  const summaries = summariesOf(tally);
  const neighbours = neighboursOf(tally);
  const statistics = units.map((unit): StatisticsRow => {
    const summary = summaries[unit]!;
    const natural = byMean ? Math.max(...chosen.get(unit)!.filter(({ kind }) => kind === 'top').map(({ sample }) => means.get(sample.id)?.[unit] ?? -Infinity)) : summary.max ?? -Infinity;
    return { layer: layer.id, unit, ...healthOf(summary, rectified), ...summary, naturalMax: Number.isFinite(natural) ? natural : null, neighbours: neighbours[unit]! };
  });
  const parts: EnginePart[] = [];
  for (let at = 0; at < units.length; at += unitsPerFile) {
    const own = units.slice(at, at + unitsPerFile);
    const table = own.flatMap((unit) => rows.get(unit)!);
    const range = [own[0]!, own.at(-1)! + 1].map((n) => String(n).padStart(5, '0')).join('-');
    parts.push(await writePart(deps, writeExemplars(table), (digest) => `exemplars/${layerPath(layer.id)}/${range}-${digest}.parquet`, { kind: 'exemplars', layer: layer.id, rows: table.length }));
  }
  parts.push(await writePart(deps, writeStatistics(statistics), (digest) => `statistics/${layerPath(layer.id)}/${digest}.parquet`, { kind: 'statistics', layer: layer.id, rows: statistics.length }));
  return parts;
}

function healthOf({ max, min, samples, samplesNotFinite }: { readonly max: number | null; readonly min: number | null; readonly samples: number; readonly samplesNotFinite: number }, rectified: boolean): { readonly health: readonly Health[]; readonly reason: string } {
  const found: (readonly [Health, string])[] = [];
  if (samplesNotFinite > 0) found.push(['not-finite', `its activation is not a number in ${samplesNotFinite} of ${samples} pictures`]);
  if (rectified && max !== null && max <= 0) found.push(['silent', `none of ${samples} pictures raised it above 0, and a ReLU follows`]);
  if (max !== null && max === min && samples > 1) found.push(['constant', `its activation is ${Number(max.toPrecision(4))} in all of ${samples} pictures`]);
  return { health: found.map(([flag]) => flag), reason: found.map(([, words]) => words).join('; ') };
}

interface Chosen {
  readonly layer: LayerPlan;
  readonly model: Model;
  readonly chosen: ReadonlyMap<number, readonly Exemplar[]>;
}

/** Rows by unit, each picture read once; and by picture the units' scores as the objective `channel` has them. */
async function crops(deps: NaturalDeps, { plan }: ShardTask, { layer, model, chosen }: Chosen, signal: AbortSignal, onProgress: (share: number) => void) {
  const view = plan.spec.views.exemplars!;
  const { preprocess } = plan.spec.model;
  const [height, width] = plan.input.shape.slice(2) as [number, number];
  const dataset = await openFolder(await deps.openStore(plan.dataset!.location), deps.store, { sha256: plan.dataset!.index }, sha256, signal);
  const tensor = rankedValue(model, layer.tensor).name;
  const graph = await specialize(model, { input: plan.input.name, shape: [1, ...plan.input.shape.slice(1)], outputs: [tensor], runtime: deps.runtime });
  const field = receptiveFields(graph).get(tensor);
  await using places = await openPlaces({ model, runtime: deps.runtime, input: plan.input, layer, batch: view.batch, leak: leakOf(plan.spec.views.synthesis[0]) });

  const wanted = new Map<number, { readonly unit: number; readonly exemplar: Exemplar; readonly at: number }[]>();
  const rows = new Map<number, ExemplarRow[]>();
  for (const [unit, list] of chosen) {
    rows.set(unit, new Array<ExemplarRow>(list.length));
    list.forEach((exemplar, at) => {
      const item = exemplar.sample.item;
      const entries = wanted.get(item) ?? [];
      entries.push({ unit, exemplar, at });
      wanted.set(item, entries);
    });
  }
  const items = [...wanted.keys()].sort((a, b) => a - b);
  const means = new Map<string, Float32Array>();
  const rowLength = plan.input.shape.slice(1).reduce((a, b) => a * b, 1);
  const fill = meanFill(preprocess);
  for (let start = 0; start < items.length; start += view.batch) {
    const batch = items.slice(start, start + view.batch);
    const input = new Float32Array(view.batch * rowLength);
    const decoded = await Promise.all(batch.map(async (item, row) => {
      const { id, content } = await sampleContent(dataset, wanted.get(item)![0]!.exemplar.sample, signal);
      const picture = await decodePicture(content, id, { preprocess, input: { height, width } });
      fillInput(input.subarray(row * rowLength, (row + 1) * rowLength), picture.input, preprocess);
      return picture;
    }));
    const found = await places.read(input);
    for (const [row, item] of batch.entries()) {
      const entries = wanted.get(item)!;
      means.set(entries[0]!.exemplar.sample.id, found.means.slice(row * layer.units, (row + 1) * layer.units));
      const encoded = new Map<string, ReturnType<typeof encodeCrop>>();
      await Promise.all(entries.map(async ({ unit, exemplar, at }) => {
        const place = unravel(found.places[row * layer.units + unit]!, places.map);
        rows.get(unit)![at] = await exemplarRow({ layer: layer.id, unit, exemplar, place, field, picture: decoded[row]!, fill, publish: plan.spec.publish ?? 'crops', encoded });
      }));
    }
    signal.throwIfAborted();
    onProgress((start + batch.length) / items.length);
  }
  return { rows, means };
}

interface RowSource {
  readonly layer: string;
  readonly unit: number;
  readonly exemplar: Exemplar;
  readonly place: readonly number[];
  readonly field: Field | undefined;
  readonly picture: { readonly input: RawPicture; readonly view: PictureView };
  readonly fill: readonly number[];
  readonly publish: 'crops' | 'blurred' | 'links';
  /** Crops of this picture that are encoded or being so, by box: many units of a deep layer see all of it. */
  readonly encoded: Map<string, ReturnType<typeof encodeCrop>>;
}

async function exemplarRow({ layer, unit, exemplar, place, field, picture: { input, view }, fill, publish, encoded }: RowSource): Promise<ExemplarRow> {
  const { kind, rank, quantile, sample, value } = exemplar;
  const seen = field === undefined ? undefined : unitBox(field, placeIn(field, unit, place));
  const { box, kind: boxKind } = seen ?? { box: { x0: 0, y0: 0, x1: input.width, y1: input.height }, kind: 'effective' as const };
  const key = `${box.x0} ${box.y0} ${box.x1} ${box.y1}`;
  const crop = encoded.get(key) ?? encodeCrop(cropPicture(input, box, fill), publish);
  encoded.set(key, crop);
  const original = toOriginal(box, view);
  return {
    layer, unit, kind, rank, quantile, sampleId: sample.id, sampleItem: sample.item, sampleSha256: sample.sha256, activation: value,
    y: place.length < 2 ? 0 : place.at(-2)!, x: place.at(-1) ?? 0,
    box: { x0: Math.round(original.x0), y0: Math.round(original.y0), x1: Math.round(original.x1), y1: Math.round(original.y1) }, inputBox: box, boxKind,
    pictureWidth: view.original.width, pictureHeight: view.original.height, ...(await crop),
  };
}

/** The index of a unit's place in the layer's value: channels of convolutions stand second, features of tokens last. */
function placeIn({ shape }: Field, unit: number, place: readonly number[]): readonly number[] {
  return shape.length === place.length + 2 && shape.slice(2).every((length, i) => place[i]! < length) && shape.length !== 3 ? [0, unit, ...place] : shape.length === 2 ? [0, unit] : [0, ...place, unit];
}

function unravel(flat: number, map: readonly number[]): readonly number[] {
  return map.map((length, axis) => Math.floor(flat / map.slice(axis + 1).reduce((a, b) => a * b, 1)) % length);
}

function leakOf(view: { readonly objective: string; readonly objectiveParams: Readonly<Record<string, number | string>> } | undefined): number {
  const leak = view?.objective === 'channel' ? view.objectiveParams['leak'] : undefined;
  return typeof leak === 'number' ? leak : 0.01;
}
