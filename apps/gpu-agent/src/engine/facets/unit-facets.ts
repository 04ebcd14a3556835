import { readExemplars, type ExemplarFacts } from '@neuron-atlas/atlas';
import { clustersOf, openResponses, type RawPicture, type ResponseReader, type TrackedLayer } from '@neuron-atlas/exemplars';
import { fillInput } from '@neuron-atlas/exemplars/node';
import type { LayerPlan, ShardTask, SweepPlan } from '@neuron-atlas/spec';
import { randomStream, type ProgramMeta } from '@neuron-atlas/synthesis';
import { openChosen } from '../chosen-pictures.js';
import type { EngineJob } from '../protocol.js';
import type { NaturalDeps } from '../run-exemplars.js';
import { codeLayers } from './code-layers.js';
import { mostPictures, type Facet } from './facet-of.js';
import { alone, middleOf, onCanvas, type Place } from './facet-window.js';

/**
 * What each seed of the view starts from, for units of a shard: a cluster of the unit's top exemplars each, by what the layers that its
 * layer reads make of them. A function of the unit, its exemplars, the program and the number of seeds alone: of nothing else in the shard.
 *
 * Exemplars that do not excite the unit tell nothing of it and are left out. A unit with fewer exemplars than seeds, or whose exemplars
 * differ in fewer ways, has fewer facets; the seeds beyond start as the prior does.
 */
export async function openFacets(deps: NaturalDeps, { task, manifest }: Pick<EngineJob, 'task' | 'manifest'>, meta: ProgramMeta, signal: AbortSignal): Promise<(unit: number) => Promise<readonly Facet[]>> {
  const { plan, unitStart, unitEnd } = task;
  const layer = plan.layers.find(({ id }) => id === task.layer)!;
  const { seeds } = plan.spec.views.synthesis[task.view]!;
  const { preprocess } = plan.spec.model;
  const { layers, reader, middle } = await opened(deps, plan, layer, meta, signal);
  const picture = await openChosen(deps, plan, signal);
  const byUnit = new Map<number, ExemplarFacts[]>();
  for (const exemplar of await readExemplars({ store: deps.store, objects: manifest }, layer.id, [unitStart, unitEnd], signal)) {
    if (exemplar.kind !== 'top') continue;
    byUnit.set(exemplar.unit, [...byUnit.get(exemplar.unit) ?? [], exemplar]);
  }

  return async (unit) => {
    const exemplars = exciting(byUnit.get(unit) ?? []);
    const shownAt = async (i: number): Promise<RawPicture> => (await picture({ item: exemplars[i]!.sampleItem, sha256: exemplars[i]!.sampleSha256 })).input;
    const shown = await Promise.all(exemplars.map((_, i) => shownAt(i)));
    const codes = await codesOf(reader, layers, shown.map((one, i) => alone(one, exemplars[i]!, preprocess)), rowsOf(task), signal);
    const clusters = clustersOf(codes, seeds.length, randomStream(0, `facets/${layer.id}/${unit}`));
    return seeds.map((_, index): Facet => {
      const members = clusters[index]?.members ?? [];
      const used = members.slice(0, mostPictures);
      return {
        index, of: seeds.length, size: members.length, exemplars: used.map((i) => exemplars[i]!.sampleSha256),
        start: async () => (used.length === 0 ? undefined : meanOf(await Promise.all(used.map(async (i) => onCanvas(await shownAt(i), exemplars[i]!, { ...meta, middle, preprocess }))))),
      };
    });
  };
}

interface Opened extends AsyncDisposable { readonly layers: readonly TrackedLayer[]; readonly reader: ResponseReader; readonly middle: Place }

/** Opened once for neighbouring shards. */
function opened(deps: NaturalDeps, { modelSha256, input, spec }: SweepPlan, layer: LayerPlan, { seen }: ProgramMeta, signal: AbortSignal): Promise<Opened> {
  const { batch } = spec.views.exemplars!;
  return deps.sessions.get(JSON.stringify(['facets', modelSha256, layer.tensor, input, batch, seen]), async () => {
    const model = await deps.models.get(deps.store, modelSha256, signal);
    const layers = codeLayers(model, layer);
    const middle = await middleOf(model, deps.runtime, input, layer, seen);
    const reader = await openResponses({ model, runtime: deps.runtime, input, layers, batch });
    return { layers, reader, middle, [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose]() };
  });
}

/** Those that excite the unit, or all where none does. */
function exciting(exemplars: readonly ExemplarFacts[]): readonly ExemplarFacts[] {
  const above = exemplars.filter(({ activation }) => activation > 0);
  return above.length > 0 ? above : exemplars;
}

interface Rows { readonly shape: readonly [channels: number, height: number, width: number]; readonly preprocess: ShardTask['plan']['spec']['model']['preprocess'] }
const rowsOf = ({ plan: { input, spec } }: ShardTask): Rows => ({ shape: input.shape.slice(1) as [number, number, number], preprocess: spec.model.preprocess });

/** For each picture the largest activation of every unit of the layers; of each layer brought to length 1, so that neither a layer of large numbers nor a strong picture counts for more. */
async function codesOf(reader: ResponseReader, layers: readonly TrackedLayer[], pictures: readonly RawPicture[], { shape, preprocess }: Rows, signal: AbortSignal): Promise<readonly Float64Array[]> {
  const row = shape.reduce((a, b) => a * b, 1);
  const codes: Float64Array[] = [];
  for (let start = 0; start < pictures.length; start += reader.batch) {
    const input = new Float32Array(reader.batch * row);
    const own = pictures.slice(start, start + reader.batch);
    own.forEach((one, i) => fillInput(input.subarray(i * row, (i + 1) * row), one, preprocess));
    const found = await reader.read(input);
    signal.throwIfAborted();
    own.forEach((_, i) => {
      let at = i * reader.units;
      codes.push(Float64Array.from(layers.flatMap(({ units }) => unitLength(found.subarray(at, at += units)))));
    });
  }
  return codes;
}

function unitLength(values: Float32Array): readonly number[] {
  const length = Math.hypot(...values);
  return Array.from(values, (value) => (length > 0 ? value / length : 0));
}

/** u8[H, W, C] as their mean, f32[C, H, W] in 0..1. */
function meanOf(pictures: readonly RawPicture[]): Float32Array {
  const { width, height, channels } = pictures[0]!;
  const plane = width * height;
  const mean = new Float32Array(channels * plane);
  for (let i = 0; i < mean.length; i++) {
    const at = (i % plane) * channels + Math.floor(i / plane);
    mean[i] = pictures.reduce((sum, { data }) => sum + data[at]!, 0) / (255 * pictures.length);
  }
  return mean;
}
