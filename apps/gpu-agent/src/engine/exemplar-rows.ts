import type { ExemplarRow } from '@neuron-atlas/atlas';
import { cropPicture, effectiveBox, exemplarBox, meanFill, placeOf, unitBox, type Exemplar, type PixelBox, type UnitBox } from '@neuron-atlas/exemplars';
import { fillInput, type DecodedPicture } from '@neuron-atlas/exemplars/node';
import type { LayerPlan, SweepPlan } from '@neuron-atlas/spec';
import { projectionMass } from '@neuron-atlas/synthesis';
import { batchesAhead } from './batches-ahead.js';
import { openChosen } from './chosen-pictures.js';
import { encodeCrop } from './encode-crop.js';
import { layerProjector, layerView } from './layer-view.js';
import type { NaturalDeps } from './run-exemplars.js';

interface Entry { readonly unit: number; readonly exemplar: Exemplar; readonly at: number }

/** An exemplar in its picture: where its unit answers, and what it sees from there. */
interface Seen extends Entry {
  readonly picture: DecodedPicture & {
    /** Its crops that are encoded or being so, by box: many units see the same part. */
    readonly encoded: Map<string, ReturnType<typeof encodeCrop>>;
  };
  readonly place: number;
  readonly box: UnitBox | undefined;
}

export interface ExemplarRows {
  /** By unit, in the order of its exemplars. */
  readonly rows: ReadonlyMap<number, readonly ExemplarRow[]>;
  /** By unit: the largest mean over the map in one of its top exemplars, as the objective `channel` takes it. */
  readonly topMeans: ReadonlyMap<number, number>;
}

/**
 * The exemplars of a layer's units with place, box and crop. Each picture goes through the network once for all units that chose it, while the
 * next ones are read and the crops of the last are encoded on other threads.
 */
export async function exemplarRows(deps: NaturalDeps, { plan, layer, chosen }: { readonly plan: SweepPlan; readonly layer: LayerPlan; readonly chosen: ReadonlyMap<number, readonly Exemplar[]> }, signal: AbortSignal, onProgress: (share: number) => void): Promise<ExemplarRows> {
  const view = plan.spec.views.exemplars!;
  const { preprocess } = plan.spec.model;
  const { places, field } = await layerView(deps, plan, layer, signal);
  const picture = await openChosen(deps, plan, signal);
  const effective = effectiveBoxes(deps, plan, layer, signal);
  const fill = meanFill(preprocess);
  const rowLength = plan.input.shape.slice(1).reduce((a, b) => a * b, 1);
  const publish = plan.spec.publish ?? 'crops';

  const { wanted, items } = byPicture(chosen);
  const rows = new Map([...chosen].map(([unit, list]) => [unit, new Array<ExemplarRow>(list.length)] as const));
  const topMeans = new Map<number, number>();

  const finish = async (seen: readonly Seen[], onShare: (share: number) => void): Promise<void> => {
    const asking = seen.flatMap((one, i) => (one.box?.kind !== 'exact' && view.effective.includes(one.exemplar.kind) ? [i] : []));
    const found = new Map<number, PixelBox | undefined>();
    (await effective(asking.map((i) => seen[i]!), onShare)).forEach((box, k) => found.set(asking[k]!, box));
    await Promise.all(seen.map(async ({ unit, exemplar, at, picture: { input, view: how, encoded }, place, box: field }, i) => {
      const { kind: boxKind, inputBox, box } = exemplarBox(field, how, found.get(i));
      const key = `${inputBox.x0} ${inputBox.y0} ${inputBox.x1} ${inputBox.y1}`;
      const crop = encoded.get(key) ?? encodeCrop(cropPicture(input, inputBox, fill), publish);
      encoded.set(key, crop);
      const { kind, rank, quantile, sample, value } = exemplar;
      const [y, x] = [0, 0, ...unravel(place, places.map)].slice(-2) as [number, number];
      rows.get(unit)![at] = {
        layer: layer.id, unit, kind, rank, quantile, sampleId: sample.id, sampleItem: sample.item, sampleSha256: sample.sha256, sampleLabel: sample.label ?? null, activation: value,
        y, x, box, inputBox, boxKind, pictureWidth: how.original.width, pictureHeight: how.original.height, ...(await crop),
      };
    }));
    onShare(1);
  };

  const load = (batch: readonly number[]): Promise<readonly DecodedPicture[]> => Promise.all(batch.map((item) => picture(wanted.get(item)![0]!.exemplar.sample)));
  let encoding: Promise<unknown> = Promise.resolve();
  for await (const { batch, loaded: decoded, share } of batchesAhead(items, view.batch, load)) {
    const input = new Float32Array(view.batch * rowLength);
    decoded.forEach((one, row) => fillInput(input.subarray(row * rowLength, (row + 1) * rowLength), one.input, preprocess));
    const found = await places.read(input);
    await encoding;
    encoding = finish(batch.flatMap((item, row) => {
      const shown = { ...decoded[row]!, encoded: new Map() };
      return wanted.get(item)!.map((entry) => {
        const { unit, exemplar } = entry;
        const [place, mean] = [found.places[row * layer.units + unit]!, found.means[row * layer.units + unit]!];
        if (exemplar.kind === 'top') topMeans.set(unit, Math.max(topMeans.get(unit) ?? -Infinity, mean));
        return { ...entry, picture: shown, place, box: field === undefined ? undefined : unitBox(field, placeOf(field.shape, layer, unit, place)) };
      });
    }), (within) => onProgress(share - ((1 - within) * batch.length) / items.length));
    encoding.catch(() => undefined); // looked at in the next round
    signal.throwIfAborted();
  }
  await encoding;
  return { rows, topMeans };
}

/** Which units chose a picture, by its number in the data set; the numbers rising. */
function byPicture(chosen: ReadonlyMap<number, readonly Exemplar[]>): { readonly wanted: ReadonlyMap<number, readonly Entry[]>; readonly items: readonly number[] } {
  const wanted = new Map<number, Entry[]>();
  for (const [unit, list] of chosen) {
    list.forEach((exemplar, at) => {
      const { item } = exemplar.sample;
      const entries = wanted.get(item) ?? [];
      entries.push({ unit, exemplar, at });
      wanted.set(item, entries);
    });
  }
  return { wanted, items: [...wanted.keys()].sort((a, b) => a - b) };
}

/** What part of its picture moves each of some units; undefined of all where no gradient reaches the layer. */
function effectiveBoxes(deps: NaturalDeps, plan: SweepPlan, layer: LayerPlan, signal: AbortSignal): (of: readonly Seen[], onShare: (share: number) => void) => Promise<readonly (PixelBox | undefined)[]> {
  const [channels, height, width] = plan.input.shape.slice(1) as [number, number, number];
  const plain = { mean: [0, 0, 0], std: [1, 1, 1], range: [0, 1], color: channels === 1 ? 'L' : 'RGB' } as const;
  return async (of, onShare) => {
    if (of.length === 0 || layer.blocked !== undefined) return [];
    const { batch } = plan.spec.views.exemplars!;
    const projector = await layerProjector(deps, plan, layer, { method: 'gradient', seed: 'one', batch }, signal);
    const pictures = new Map<DecodedPicture, Float32Array>();
    for (const { picture } of of) {
      if (pictures.has(picture)) continue;
      const row = new Float32Array(channels * height * width);
      fillInput(row, picture.input, plain);
      pictures.set(picture, row);
    }
    const boxes: (PixelBox | undefined)[] = [];
    for (let start = 0; start < of.length; start += batch) {
      const made = await projector.run(of.slice(start, start + batch).map(({ picture, unit, place }) => ({ picture: pictures.get(picture)!, unit, place })), signal);
      boxes.push(...made.map(({ projection }) => effectiveBox(projectionMass(projection, projector.meta), { width, height })));
      onShare(boxes.length / of.length);
    }
    return boxes;
  };
}

function unravel(flat: number, map: readonly number[]): readonly number[] {
  return map.map((length, axis) => Math.floor(flat / map.slice(axis + 1).reduce((a, b) => a * b, 1)) % length);
}
