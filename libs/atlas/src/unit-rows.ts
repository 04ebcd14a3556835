import { errors } from './errors.js';
import { healthFlags, type Health } from './health.js';
import type { PublishFailure, PublishLayer, PublishView } from './publish-plan.js';
import type { SynthesisRow } from './synthesis.js';
import type { QualityRow } from './quality.js';
import type { StatisticsRow } from './statistics.js';
import { besidesFindings } from './unit-findings.js';
import { noMeasures, type BestScore, type UnitRow } from './units.js';

/** What a unit's record takes from its pictures. */
export const scoreFields = ['layer', 'unit', 'view', 'prior', 'objective', 'seed', 'scoreStart', 'score', 'health', 'reason'] as const satisfies readonly (keyof SynthesisRow)[];
export type ScoreRow = Pick<SynthesisRow, (typeof scoreFields)[number]> & {
  /** The file that has it. */
  readonly path: string;
};

/**
 * The record of every selected unit of a layer, by rising unit, from the rows of its pictures.
 *
 * Per view the best seed counts: the highest finite score, the earlier seed among equals. A unit has the flags of its best
 * pictures; it is dead only if it is so in every view. A picture that is missing makes the unit `failed`, as do exemplars,
 * projections or measures of quality that were given up; a blocked layer makes it `blocked`. Errors: ATLAS_UNIT_TWICE, ATLAS_UNPLANNED_UNIT.
 */
export function unitRows(
  layer: PublishLayer, views: readonly PublishView[], rows: readonly ScoreRow[], failures: readonly PublishFailure[], natural: readonly StatisticsRow[] = [], measured: readonly QualityRow[] = [],
): readonly UnitRow[] {
  const statistics = new Map(natural.map((row) => [row.unit, row]));
  const quality = new Map(measured.map((row) => [row.unit, row]));
  const pictures = byUnitViewSeed(layer, views, rows);
  return unitsOf(layer).map((unit) => {
    const { health, reason, best } = layer.blocked === undefined
      ? synthesised(layer.id, unit, views, pictures, failures)
      : { health: ['blocked'] as const, reason: `${layer.blocked.code}: ${layer.blocked.message}`, best: [] };
    return record(layer.id, unit, withFailures(layer.id, unit, { health, reason, best }, failures), statistics.get(unit), quality.get(unit));
  });
}

interface Made { readonly health: readonly Health[]; readonly reason: string; readonly best: readonly ScoreRow[] }

function synthesised(layer: string, unit: number, views: readonly PublishView[], pictures: ReadonlyMap<string, ScoreRow>, failures: readonly PublishFailure[]): Made {
  const perView = views.map((view, index) => inView(layer, unit, index, view, pictures, failures));
  const best = perView.flatMap((found) => found.best ?? []);
  const dead = best.length > 0 && best.every(({ health }) => health.includes('dead'));
  const flagsOf = (flags: readonly Health[]): readonly Health[] => flags.filter((flag) => flag !== 'dead' || dead);
  const reasons = perView.flatMap(({ flags, reason }, index) =>
    (flagsOf(flags).length === 0 ? [] : [views.length === 1 ? reason : `view ${index} (${views[index]!.prior}, ${views[index]!.objective}): ${reason}`]));
  return { health: perView.flatMap(({ flags }) => flagsOf(flags)), reason: reasons.join('; '), best };
}

/** Of stages that made no picture: their units are flagged too, beside whatever was made. */
const given = { merge: 'its exemplars and statistics', projections: 'its projections', quality: 'its measures of quality' } as const;

function withFailures(layer: string, unit: number, made: Made, failures: readonly PublishFailure[]): Made {
  const reasons = failures.flatMap(({ stage, layer: of, unitStart, unitEnd, code, message }) =>
    (stage !== 'synthesis' && of === layer && unitStart <= unit && unit < unitEnd ? [`${given[stage]} were given up: ${code}: ${message}`] : []));
  if (reasons.length === 0) return made;
  return { ...made, health: [...made.health, 'failed'], reason: [made.reason, ...reasons].filter((part) => part !== '').join('; ') };
}

/** The selected units of a layer, rising, each once. */
export function unitsOf(layer: Pick<PublishLayer, 'selected'>): readonly number[] {
  const units = new Set(layer.selected.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i)));
  return [...units].sort((a, b) => a - b);
}

const keyOf = (unit: number, view: number, seed: number): string => `${unit} ${view} ${seed}`;

function byUnitViewSeed(layer: PublishLayer, views: readonly PublishView[], rows: readonly ScoreRow[]): ReadonlyMap<string, ScoreRow> {
  const planned = new Set(layer.blocked === undefined ? unitsOf(layer) : []);
  const found = new Map<string, ScoreRow>();
  for (const row of rows) {
    const { unit, view, prior, objective, seed, path } = row;
    const what = `view ${view}, ${prior}, ${objective}, seed ${seed}`;
    const wanted = views[view];
    if (row.layer !== layer.id || !planned.has(unit) || wanted?.prior !== prior || wanted.objective !== objective || !wanted.seeds.includes(seed)) {
      throw errors.unplannedUnit({ layer: row.layer, unit, what, path });
    }
    const key = keyOf(unit, view, seed);
    if (found.has(key)) throw errors.unitTwice({ layer: layer.id, unit, what, path });
    found.set(key, row);
  }
  return found;
}

interface InView {
  readonly best: ScoreRow | undefined;
  readonly flags: readonly Health[];
  readonly reason: string;
}

function inView(layer: string, unit: number, view: number, { seeds }: PublishView, pictures: ReadonlyMap<string, ScoreRow>, failures: readonly PublishFailure[]): InView {
  const rows = seeds.flatMap((seed) => pictures.get(keyOf(unit, view, seed)) ?? []);
  const best = rows.reduce<ScoreRow | undefined>((top, row) => (top === undefined || isBetter(row.score, top.score) ? row : top), undefined);
  const flags = best?.health ?? [];
  if (rows.length === new Set(seeds).size) return { best, flags, reason: best?.reason ?? '' };
  const failure = failures.find((one) => one.stage === 'synthesis' && one.layer === layer && one.unitStart <= unit && unit < one.unitEnd && (one.view ?? view) === view);
  const why = failure === undefined ? 'its shard was given up' : `its shard was given up: ${failure.code}: ${failure.message}`;
  return { best, flags: [...flags, 'failed'], reason: [why, ...(best === undefined || best.reason === '' ? [] : [best.reason])].join('; ') };
}

function isBetter(score: number, than: number): boolean {
  return Number.isFinite(score) && !(Number.isFinite(than) && than >= score);
}

function record(layer: string, unit: number, { health, reason, best }: Made, natural: StatisticsRow | undefined, quality: QualityRow | undefined): UnitRow {
  const bestScores = best.map(({ view, prior, objective, seed, scoreStart, score }): BestScore => ({ view, prior, objective, seed, scoreStart, score }));
  const measured = { ...noMeasures, ...(natural === undefined ? {} : besidesFindings(natural)), ...(quality === undefined ? {} : besidesFindings(quality)) };
  const score = bestScores[0]?.score ?? null;
  const { naturalMax } = measured;
  // Scores of other objectives are no measure against it.
  const comparable = bestScores.filter(({ objective }) => objective === bestScores[0]?.objective).map((one) => one.score);
  const below = naturalMax !== null && comparable.length > 0 && Math.max(...comparable) < naturalMax;
  const flags = new Set<Health>([...health, ...(natural?.health ?? []), ...(quality?.health ?? []), ...(below ? ['below-natural' as const] : [])]);
  return {
    layer, unit, health: healthFlags.filter((flag) => flags.has(flag)),
    reason: [reason, natural?.reason ?? '', below ? `no made picture scores as high as a natural one (${figure(naturalMax)})` : '', quality?.reason ?? ''].filter((part) => part !== '').join('; '),
    scoreStart: bestScores[0]?.scoreStart ?? null, score, bestScores, ...measured,
    syntheticOverNatural: score !== null && naturalMax !== null && naturalMax > 0 ? score / naturalMax : null,
  };
}

const figure = (value: number): string => String(Number(value.toPrecision(4)));
