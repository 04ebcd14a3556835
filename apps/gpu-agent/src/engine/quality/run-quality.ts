import { layerPath, readMadePictures, readStatistics, writeQuality, type PictureQuality, type QualityRow, type StatisticsRow, type ViewQuality } from '@neuron-atlas/atlas';
import {
  drawn, explains, interpretability, luminanceOf, naturalPath, openJudge, patchBox, patchSide, pathNaturalness, perceptOf, qualityFlags, radialSpectrum, rankInLayer, ranksOf, scaleOf, seedAgreement,
  spectrumDistance, windowSide, type Features, type Judge, type Percept,
} from '@neuron-atlas/quality';
import type { LayerPlan, SweepPlan } from '@neuron-atlas/spec';
import { randomStream } from '@neuron-atlas/synthesis';
import { leakOf } from '../leak-of.js';
import type { EngineJob, EnginePart, Phase } from '../protocol.js';
import type { NaturalDeps } from '../run-exemplars.js';
import { writePart } from '../write-part.js';
import { readMade, type Made } from './made-pictures.js';
import { naturalPictures } from './natural-pictures.js';
import { featuresOf, type Patch } from './picture-features.js';

/** Units of the layer with whose pictures those of a unit are compared, and exemplars of each. */
const otherUnits = 12;
const othersExemplars = 3;
/** Side of what a judge is shown, where its network takes any size: enough for the deepest layers of a network for 224 pixels. */
const judgeSize = 96;

/**
 * What the made pictures of some units of a layer are worth, and what their exemplars tell (docs/quality.md), into one Parquet file
 * in the scratch folder. A unit's measures depend on the sweep alone, not on the units beside it in the shard.
 */
export async function runQuality(deps: NaturalDeps, { task, manifest }: EngineJob, signal: AbortSignal): Promise<readonly EnginePart[]> {
  const { plan, unitStart, unitEnd } = task;
  const layer = plan.layers.find(({ id }) => id === task.layer)!;
  const units = Array.from({ length: unitEnd - unitStart }, (_, i) => unitStart + i);
  const report = (phase: Phase, share: number): void => deps.onProgress({ phase, unitsDone: Math.floor(share * units.length), unitsTotal: units.length, fraction: share });
  report('fetch', 0);
  const committed = { store: deps.store, objects: manifest };
  const others = comparedUnits(layer);
  const made = await readMade(deps, plan, layer, await readMadePictures(committed, layer.id, new Set([...units, ...others]), signal), signal);
  const [height, width] = plan.input.shape.slice(2) as [number, number];
  const sizes = [{ width, height }, ...made.map(({ picture }) => picture)];
  const side = patchSide(layer.field, sizes);
  const natural = await naturalPictures(deps, { plan, layer, manifest, side }, signal);
  const exemplars = await natural.exemplars([unitStart, unitEnd]);
  const othersTop = new Map(await Promise.all(others.map(async (unit): Promise<readonly [number, readonly Patch[]]> =>
    [unit, (await natural.exemplars([unit, unit + 1])).get(unit)?.top.slice(0, othersExemplars) ?? []])));

  report('compile', 0);
  const judge = await judgeOf(deps, plan, layer, signal);
  const patches = [...natural.usual, ...[...exemplars.values()].flatMap(({ top, bottom }) => [...top, ...bottom]), ...[...othersTop.values()].flat(), ...made.map((one) => madePatch(one, layer, side))];
  const features = judge === undefined ? new Map<string, Features>() : await featuresOf(judge, patches, plan.spec.model.preprocess, signal, (share) => report('look', share));
  const see = <T>(seen: ReadonlyMap<string, T>, of: readonly Patch[]): readonly T[] => of.map(({ key }) => seen.get(key)).filter((one) => one !== undefined);
  const scale = scaleOf(see(features, natural.usual));
  const percepts = new Map([...features].map(([key, of]) => [key, perceptOf(of, scale)]));

  const statistics = new Map((await readStatistics(committed, layer, signal)).map((row) => [row.unit, row]));
  const naturalMax = new Map([...statistics.values()].flatMap(({ unit, max }) => (max === null ? [] : [[unit, max] as const])));
  const window = windowSide(sizes);
  const spectrum = window === undefined || natural.usual.length === 0 ? undefined : await natural.spectrum(window);

  const rows = units.map((unit): QualityRow => {
    const own = made.filter((one) => one.unit === unit);
    const { top = [], bottom = [] } = exemplars.get(unit) ?? {};
    const choice = (what: string): Parameters<typeof interpretability>[2] => ({ ...plan.spec.quality!, below: randomStream(0, `quality/${layer.id}/${unit}/${what}`).below });
    const [tops, bottoms] = [see(percepts, top), see(percepts, bottom)];
    const ofOthers = others.filter((other) => other !== unit).flatMap((other) => othersTop.get(other)!);
    const apart = see(percepts, ofOthers);
    const path = naturalPath(see(features, top).map(ranksOf), see(features, ofOthers).map(ranksOf));
    const pictureQuality = own.map((one): PictureQuality => {
      const rank = rankInLayer(unit, one.peaks, naturalMax);
      const seen = features.get(madePatch(one, layer, side).key);
      return {
        view: one.view, seed: one.seed, ...reached(plan, one, statistics.get(unit)), rank: rank?.rank ?? null, rankOf: rank?.of ?? null,
        pathNaturalness: path === undefined || seen === undefined ? null : pathNaturalness(ranksOf(seen), path),
        spectrumDistance: spectrum === undefined ? null : spectrumDistance(radialSpectrum(luminanceOf(one.picture), window!), spectrum),
      };
    });
    const viewQuality = plan.spec.views.synthesis.map((_, view): ViewQuality => {
      const ofView = (all: readonly Made[]): readonly Percept[] => see(percepts, all.filter((one) => one.view === view).map((one) => madePatch(one, layer, side)));
      const seeds = ofView(own);
      return {
        view, explains: explains(seeds, tops, bottoms, choice(`explains ${view}`)), distinguishes: explains(seeds, tops, apart, choice(`distinguishes ${view}`)),
        seedAgreement: seedAgreement(seeds, ofView(made.filter((one) => one.unit !== unit && others.includes(one.unit)))),
      };
    });
    const told = interpretability(tops, bottoms, choice('natural'));
    return { layer: layer.id, unit, ...flagsOf(plan, own, pictureQuality, told, viewQuality), interpretability: told, distinctness: interpretability(tops, apart, choice('distinct')), viewQuality, pictureQuality };
  });
  report('encode', 1);
  const range = [unitStart, unitEnd].map((n) => String(n).padStart(5, '0')).join('-');
  return [await writePart(deps, writeQuality(rows), (digest) => `quality/${layerPath(layer.id)}/${range}-${digest}.parquet`, { kind: 'quality', layer: layer.id, rows: rows.length })];
}

/** Some selected units of a layer, drawn once for all of its shards. */
function comparedUnits({ id, selected }: LayerPlan): readonly number[] {
  const all = selected.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));
  return drawn(all, otherUnits, randomStream(0, `quality/${id}/others`).below);
}

async function judgeOf(deps: NaturalDeps, { modelSha256, input, spec }: SweepPlan, { tensor }: LayerPlan, signal: AbortSignal): Promise<Judge | undefined> {
  const { batch } = spec.quality!;
  const opened = await deps.sessions.get(JSON.stringify(['judge', modelSha256, tensor, input, batch]), async () => {
    const model = await deps.models.get(deps.store, modelSha256, signal);
    const judge = await openJudge({ model, runtime: deps.runtime, input, without: tensor, size: judgeSize, batch });
    return { judge, [Symbol.asyncDispose]: async () => judge?.[Symbol.asyncDispose]() };
  });
  return opened.judge;
}

/** What a unit sees of its picture from where it is largest; of a layer that sees all of it, the middle. */
function madePatch({ unit, view, seed, picture, place, offset }: Made, { field }: LayerPlan, side: number): Patch {
  const middle = { x: picture.width / 2, y: picture.height / 2 };
  const centre = field?.kind !== 'window' || place === undefined ? middle
    : { y: field.offset[0]! + place[0] * field.stride[0]! + field.size[0]! / 2 - offset.y, x: field.offset[1]! + place[1] * field.stride[1]! + field.size[1]! / 2 - offset.x };
  return { key: `made ${unit} ${view} ${seed}`, load: () => Promise.resolve({ picture, box: patchBox(centre, side, picture) }) };
}

/** The statistic that the view raises, in the picture and ÷ that of the natural picture which has most of it. */
function reached({ spec: { views: { synthesis } } }: SweepPlan, { view, unit, peaks, means }: Made, natural: StatisticsRow | undefined): Pick<PictureQuality, 'activation' | 'overNatural'> {
  const how = synthesis[view]!;
  const byMean = how.objective === 'channel';
  const activation = (byMean ? means : peaks)[unit]!;
  // The natural mean was taken as the first view takes it.
  const sameMean = synthesis[0]!.objective === 'channel' && leakOf(synthesis[0]) === leakOf(how);
  const most = byMean ? (sameMean ? natural?.naturalMax : null) : natural?.max;
  return { activation, overNatural: most == null || !(most > 0) ? null : activation / most };
}

/** Objectives whose pictures are to raise one unit of their layer. */
const raisesUnit: ReadonlySet<string> = new Set(['channel', 'facet', 'neuron', 'logit']);

/** Of the first view's best picture. `own` and `pictures` are in one order. */
function flagsOf({ spec }: SweepPlan, own: readonly Made[], pictures: readonly PictureQuality[], told: number | null, [first]: readonly ViewQuality[]): Pick<QualityRow, 'health' | 'reason'> {
  const best = own.reduce<number | undefined>((top, { view, score }, i) => (view === 0 && (top === undefined || score > own[top]!.score) ? i : top), undefined);
  const { rank = null, rankOf = null } = best === undefined ? {} : pictures[best]!;
  const { objective } = spec.views.synthesis[0]!;
  const meant = raisesUnit.has(objective);
  // Pictures of facets are meant to differ.
  return qualityFlags({ interpretability: told, seedAgreement: meant && objective !== 'facet' ? first?.seedAgreement ?? null : null, rank: meant && rank !== null && rankOf !== null ? { rank, of: rankOf } : undefined });
}
