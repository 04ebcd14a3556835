import type { LayerPlan, ShardSpec, SweepPlan } from './plan.js';
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
  if (plan.dataset !== undefined) {
    const { samples } = plan.dataset;
    const sampleCost = costOfSample(plan);
    const step = plan.spec.dataset?.shard ?? Math.max(1, Math.floor(targetShardCost / sampleCost));
    for (let start = 0; start < samples; start += step) {
      const end = Math.min(samples, start + step);
      yield { seq: seq++, stage: 'exemplars', layer: '', unitStart: start, unitEnd: end, view: 0, cost: (end - start) * sampleCost };
    }
    for (const layer of plan.layers) {
      const { unitCost, units } = mergeCost(plan, layer);
      for (const shard of inSteps(layer, unitCost, units)) yield { seq: seq++, stage: 'merge', ...shard, view: 0 };
    }
    if (plan.spec.views.projections !== undefined) {
      for (const layer of plan.layers) {
        if (layer.blocked !== undefined) continue;
        const unitCost = costOfProjections(plan, layer);
        for (const shard of inSteps(layer, unitCost, unitsPerShard(unitCost, { batch: 1, most: projectedUnits }))) yield { seq: seq++, stage: 'projections', ...shard, view: 0 };
      }
    }
  }
  for (const [index, view] of plan.spec.views.synthesis.entries()) {
    for (const layer of plan.layers) {
      if (layer.blocked !== undefined) continue;
      const unitCost = costOfUnit(plan, layer, view);
      for (const shard of inSteps(layer, unitCost, unitsPerShard(unitCost, { batch: view.batch, most: maxUnitsPerShard }))) yield { seq: seq++, stage: 'synthesis', ...shard, view: index };
    }
  }
  if (plan.spec.quality !== undefined) {
    for (const layer of plan.layers) {
      if (layer.blocked !== undefined) continue;
      const unitCost = costOfQuality(plan);
      for (const shard of inSteps(layer, unitCost, unitsPerShard(unitCost, { batch: 1, most: measuredUnits }))) yield { seq: seq++, stage: 'quality', ...shard, view: 0 };
    }
  }
  yield { seq, stage: 'publish', layer: '', unitStart: 0, unitEnd: 0, view: 0, cost: 0 };
}

/** A layer's selected units in ranges of at most `step`. */
function* inSteps({ id, selected }: LayerPlan, unitCost: number, step: number): Generator<Pick<ShardSpec, 'layer' | 'unitStart' | 'unitEnd' | 'cost'>> {
  for (const [start, end] of selected) {
    for (let unitStart = start; unitStart < end; unitStart += step) {
      const unitEnd = Math.min(end, unitStart + step);
      yield { layer: id, unitStart, unitEnd, cost: (unitEnd - unitStart) * unitCost };
    }
  }
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
