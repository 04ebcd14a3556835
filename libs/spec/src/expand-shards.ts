import type { LayerPlan, ShardSpec, Stage, SweepPlan } from './plan.js';
import type { SynthesisView } from './spec.js';

/**
 * What a shard should cost, in 10^9 multiply-adds: 40 s on 2 CPU cores that do 60 of them a second, seconds on a GPU.
 *
 * Small enough that a lost agent costs less than a minute, large enough that compiling the program is a small part of it.
 */
export const targetShardCost = 2400;

// Keeps one Parquet file of 128-pixel PNGs near 30 MB however cheap the units are.
const maxUnitsPerShard = 1024;
// The same for files of projections, of which a unit has as many as exemplars.
const projectedUnits = 128;
// All pictures of a shard are held by their features while it is measured: some tens of kilobytes for each unit.
const measuredUnits = 512;

/**
 * The shards of a sweep in order of `seq`: ranges of the data set, merges of the units of each layer, their projections,
 * views × layers × selected ranges, measures of the units of each layer, then one `publish`.
 *
 * Lazy, and a function of the plan alone. Shards hold whole batches of `view.batch` units counted from the start of their
 * range (its last shard may end in a part of one), so that the split never changes which units share a batch.
 */
export function* expandShards(plan: SweepPlan): Generator<ShardSpec, void, undefined> {
  let seq = 0;
  for (const segment of segments(plan)) for (const shard of shardsOf(segment, 0, shardCount(segment))) yield { seq: seq++, ...shard };
}

/** The shards of a stage, layer and view: what one program works on, or one reading of the data set. */
export interface LotSpec {
  readonly stage: Stage;
  readonly layer: string;
  readonly view: number;
  /** Of its first shard; the others follow. */
  readonly seq: number;
  readonly shards: number;
  readonly units: number;
  /** Of all its shards. */
  readonly cost: number;
}

/** The lots of a sweep in order of `seq`, counted, not expanded: as many as layers and views, however many units those have. */
export function* expandLots(plan: SweepPlan): Generator<LotSpec, void, undefined> {
  let lot: LotSpec | undefined;
  for (const segment of segments(plan)) {
    const { stage, layer, view, start, end, unitCost } = segment;
    const [shards, units] = [shardCount(segment), end - start];
    const cost = units * unitCost;
    if (lot?.stage === stage && lot.layer === layer && lot.view === view) {
      lot = { ...lot, shards: lot.shards + shards, units: lot.units + units, cost: lot.cost + cost };
      continue;
    }
    if (lot !== undefined) yield lot;
    lot = { stage, layer, view, seq: lot === undefined ? 0 : lot.seq + lot.shards, shards, units, cost };
  }
  if (lot !== undefined) yield lot;
}

/** Some shards of a lot: `count` of them from the `first`, counted from 0. Beyond its end there are none. */
export function* expandLot(plan: SweepPlan, { stage, layer, view, seq }: Pick<LotSpec, 'stage' | 'layer' | 'view' | 'seq'>, first: number, count: number): Generator<ShardSpec, void, undefined> {
  let before = 0;
  for (const segment of segments(plan)) {
    if (segment.stage !== stage || segment.layer !== layer || segment.view !== view) continue;
    const shards = shardCount(segment);
    const [from, to] = [Math.max(0, first - before), Math.min(shards, first + count - before)];
    let place = seq + before + from;
    for (const shard of shardsOf(segment, from, to)) yield { seq: place++, ...shard };
    before += shards;
  }
}

/** A range of units that is cut in steps; an empty one is one shard (`publish`). */
interface Segment {
  readonly stage: Stage;
  readonly layer: string;
  readonly view: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly unitCost: number;
}

const shardCount = ({ start, end, step }: Segment): number => Math.max(1, Math.ceil((end - start) / step));

function* shardsOf({ stage, layer, view, start, end, step, unitCost }: Segment, from: number, to: number): Generator<Omit<ShardSpec, 'seq'>, void, undefined> {
  for (let index = from; index < to; index++) {
    const unitStart = start + index * step;
    const unitEnd = Math.min(end, unitStart + step);
    yield { stage, layer, unitStart, unitEnd, view, cost: (unitEnd - unitStart) * unitCost };
  }
}

function* segments(plan: SweepPlan): Generator<Segment, void, undefined> {
  const { dataset, layers, spec } = plan;
  const reached = layers.filter(({ blocked }) => blocked === undefined);
  if (dataset !== undefined) {
    const unitCost = costOfSample(plan);
    const step = spec.dataset?.shard ?? Math.max(1, Math.floor(targetShardCost / unitCost));
    yield { stage: 'exemplars', layer: '', view: 0, start: 0, end: dataset.samples, step, unitCost };
    for (const layer of layers) {
      const { unitCost: each, units } = mergeCost(plan, layer);
      yield* selected(layer, { stage: 'merge', view: 0, step: units, unitCost: each });
    }
    if (spec.views.projections !== undefined) {
      for (const layer of reached) {
        const each = costOfProjections(plan, layer);
        yield* selected(layer, { stage: 'projections', view: 0, step: unitsPerShard(each, { batch: 1, most: projectedUnits }), unitCost: each });
      }
    }
  }
  for (const [index, view] of spec.views.synthesis.entries()) {
    for (const layer of reached) {
      const each = costOfUnit(plan, layer, view);
      yield* selected(layer, { stage: 'synthesis', view: index, step: unitsPerShard(each, { batch: view.batch, most: maxUnitsPerShard }), unitCost: each });
    }
  }
  if (spec.quality !== undefined) {
    const each = costOfQuality(plan);
    for (const layer of reached) yield* selected(layer, { stage: 'quality', view: 0, step: unitsPerShard(each, { batch: 1, most: measuredUnits }), unitCost: each });
  }
  yield { stage: 'publish', layer: '', view: 0, start: 0, end: 0, step: 1, unitCost: 0 };
}

/** A layer's selected ranges. */
function* selected({ id, selected: ranges }: LayerPlan, of: Pick<Segment, 'stage' | 'view' | 'step' | 'unitCost'>): Generator<Segment> {
  for (const [start, end] of ranges) yield { ...of, layer: id, start, end };
}

// Reading and decoding a picture, in 10^9 multiply-adds: 8 ms of one core.
const decodeCost = 0.25;

const costOfSample = ({ layers }: SweepPlan): number => decodeCost + layers.reduce((most, { megaMacs }) => Math.max(most, megaMacs), 0) / 1000;

/**
 * Every chosen picture is read again and goes through the layers up to this one; every exemplar is cropped, and where the field is larger than the
 * picture some go forward and back for their effective box.
 *
 * A data set that is small beside a shard's exemplars is read whole by each shard: then a shard has as much other work as that, at least.
 */
function mergeCost({ dataset, spec, input }: SweepPlan, { megaMacs, field, blocked }: LayerPlan): { readonly unitCost: number; readonly units: number } {
  const { top, bottom, quantiles, effective } = spec.views.exemplars ?? { top: 0, bottom: 0, quantiles: 0, effective: [] };
  const counts = { top, bottom, quantile: quantiles };
  const exemplars = top + bottom + quantiles;
  const larger = blocked === undefined && !(field?.kind === 'window' && field.size.every((size, axis) => size <= input.shape[axis + 2]!));
  const climbed = larger ? effective.reduce((sum, kind) => sum + counts[kind], 0) : 0;
  const ownCost = exemplars * decodeCost / 4 + climbed * 3 * megaMacs / 1000;
  const pictureCost = decodeCost + megaMacs / 1000;
  const samples = dataset?.samples ?? 0;
  const few = targetShardCost / (exemplars * pictureCost + ownCost);
  const many = Math.max(targetShardCost - samples * pictureCost, samples * pictureCost) / ownCost;
  const units = Math.max(1, Math.min(maxUnitsPerShard, Math.floor(few * exemplars <= samples ? few : many)));
  return { unitCost: ownCost + Math.min(samples / units, exemplars) * pictureCost, units };
}

/** Every exemplar goes through the layers up to this one and back; its picture is read once for many of them. */
function costOfProjections({ spec }: SweepPlan, { megaMacs }: LayerPlan): number {
  const { exemplars, projections } = spec.views;
  const counts = { top: exemplars?.top ?? 0, bottom: exemplars?.bottom ?? 0, quantile: exemplars?.quantiles ?? 0 };
  const projected = (projections?.kinds ?? []).reduce((sum, kind) => sum + counts[kind], 0);
  return projected * (3 * megaMacs / 1000 + decodeCost / 2);
}

/** Every exemplar and made picture goes through most of the network once, and the made ones through their layer again. */
function costOfQuality({ spec, layers }: SweepPlan): number {
  const { exemplars, synthesis } = spec.views;
  const made = synthesis.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const deepest = layers.reduce((most, { megaMacs }) => Math.max(most, megaMacs), 0) / 1000;
  return ((exemplars?.top ?? 0) + (exemplars?.bottom ?? 0) + 2 * made) * (deepest + decodeCost / 2);
}

// What a step costs beside the network, in multiply-adds a pixel: prior, its gradient and the optimiser. SqueezeNet's first
// layer at 128 pixels takes 1.5 ms a step on those 2 cores, of which its own arithmetic explains 0.35 (bench/results).
const besideTheNetwork = 4200;

// cost = (MACs(cut graph) · size² / native² · 3 (forward + gradient) + beside · size²) · steps · seeds, in 10^9 multiply-adds
function costOfUnit(plan: SweepPlan, layer: LayerPlan, view: SynthesisView): number {
  const [height = 0, width = 0] = plan.input.shape.slice(-2);
  const native = height * width;
  const scale = native > 0 ? view.size ** 2 / native : 1;
  return (layer.megaMacs * 1e6 * scale * 3 + besideTheNetwork * view.size ** 2) * 1e-9 * view.steps * view.seeds.length;
}

function unitsPerShard(unitCost: number, { batch, most }: { readonly batch: number; readonly most: number }): number {
  const wanted = unitCost > 0 ? targetShardCost / unitCost : most;
  return batch * Math.max(1, Math.floor(Math.min(wanted, most) / batch));
}
