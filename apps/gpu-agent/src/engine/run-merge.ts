import { layerPath, writeExemplars, writeStatistics, type Health, type StatisticsRow } from '@neuron-atlas/atlas';
import { exemplarsOf, neighboursOf, rankedValue, summariesOf } from '@neuron-atlas/exemplars';
import { exemplarRows } from './exemplar-rows.js';
import type { EngineJob, EnginePart } from './protocol.js';
import type { NaturalDeps } from './run-exemplars.js';
import { writePart } from './write-part.js';

/** Units of one file of exemplars: with 23 crops each a few megabytes. */
const unitsPerFile = 128;

/** All that the data set says of some units of a layer: the tallies of its ranges merged, the chosen pictures found again and cropped. */
export async function runMerge(deps: NaturalDeps, { task, manifest }: EngineJob, signal: AbortSignal): Promise<readonly EnginePart[]> {
  const { plan, unitStart, unitEnd } = task;
  const layer = plan.layers.find(({ id }) => id === task.layer)!;
  const view = plan.spec.views.exemplars!;
  const units = Array.from({ length: unitEnd - unitStart }, (_, i) => unitStart + i);
  const report = (phase: 'fetch' | 'look' | 'encode', fraction: number): void =>
    deps.onProgress({ phase, unitsDone: Math.floor(fraction * units.length), unitsTotal: units.length, fraction });
  report('fetch', 0);
  const model = await deps.models.get(deps.store, plan.modelSha256, signal);
  const tally = await deps.tallies.get(deps.store, manifest, layer.id, { units: layer.units, top: view.top, bottom: view.bottom }, signal);
  const chosen = new Map(units.map((unit) => [unit, exemplarsOf(tally, unit, view.quantiles)]));
  const { rows, topMeans } = await exemplarRows(deps, { plan, layer, chosen }, signal, (share) => report('look', share));
  report('encode', 1);

  const { rectified } = rankedValue(model, layer.tensor);
  const byMean = plan.spec.views.synthesis[0]?.objective === 'channel';
  const summaries = summariesOf(tally);
  const neighbours = neighboursOf(tally, [unitStart, unitEnd]);
  const statistics = units.map((unit, at): StatisticsRow => {
    const summary = summaries[unit]!;
    const natural = byMean ? topMeans.get(unit) : summary.max;
    return { layer: layer.id, unit, ...healthOf(summary, rectified), ...summary, naturalMax: Number.isFinite(natural) ? natural! : null, neighbours: neighbours[at]! };
  });
  const parts: EnginePart[] = [];
  const range = (own: readonly number[]): string => [own[0]!, own.at(-1)! + 1].map((n) => String(n).padStart(5, '0')).join('-');
  for (let at = 0; at < units.length; at += unitsPerFile) {
    const own = units.slice(at, at + unitsPerFile);
    const table = own.flatMap((unit) => rows.get(unit)!);
    parts.push(await writePart(deps, writeExemplars(table), (digest) => `exemplars/${layerPath(layer.id)}/${range(own)}-${digest}.parquet`, { kind: 'exemplars', layer: layer.id, rows: table.length }));
  }
  parts.push(await writePart(deps, writeStatistics(statistics), (digest) => `statistics/${layerPath(layer.id)}/${range(units)}-${digest}.parquet`, { kind: 'statistics', layer: layer.id, rows: statistics.length }));
  return parts;
}

function healthOf({ max, min, samples, samplesNotFinite }: { readonly max: number | null; readonly min: number | null; readonly samples: number; readonly samplesNotFinite: number }, rectified: boolean): { readonly health: readonly Health[]; readonly reason: string } {
  const found: (readonly [Health, string])[] = [];
  if (samplesNotFinite > 0) found.push(['not-finite', `its activation is not a number in ${samplesNotFinite} of ${samples} pictures`]);
  if (rectified && max !== null && max <= 0) found.push(['silent', `none of ${samples} pictures raised it above 0, and a ReLU follows`]);
  if (max !== null && max === min && samples > 1) found.push(['constant', `its activation is ${Number(max.toPrecision(4))} in all of ${samples} pictures`]);
  return { health: found.map(([flag]) => flag), reason: found.map(([, words]) => words).join('; ') };
}
