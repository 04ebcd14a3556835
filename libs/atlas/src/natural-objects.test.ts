import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exemplarKinds, writeExemplars, type ExemplarRow } from './exemplars.js';
import { readExemplars, readMadePictures } from './natural-objects.js';
import { openAtlas, type Atlas } from './open-atlas.js';
import { writeProjections, type ProjectionRow } from './projections.js';
import { publishAtlas } from './publish-atlas.js';
import type { PublishFailure, PublishObject, PublishPlan } from './publish-plan.js';
import { writeQuality, type QualityRow } from './quality.js';
import { writeSkipped } from './skipped.js';
import { memoryStore, noise, smallPlan, sweep, type MemoryStore } from './small-sweep.fixture.js';
import { writeStatistics, type StatisticsRow } from './statistics.js';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const plan: PublishPlan = {
  ...smallPlan, dataset: { index: 'cd'.repeat(32) },
  spec: { ...smallPlan.spec, views: { ...smallPlan.spec.views, exemplars: { top: 2, bottom: 1, quantiles: 1 }, projections: { method: 'deconvnet', seed: 'one' } }, publish: 'crops' },
};
const fc = [0, 1, 2, 8, 9];
const box = { x0: -1, y0: 0, x1: 7, y1: 8 };

const exemplarsOf = (unit: number): readonly ExemplarRow[] => exemplarKinds.flatMap((kind) => (kind === 'top' ? [0, 1] : [0]).map((rank): ExemplarRow => ({
  layer: 'fc', unit, kind, rank, quantile: kind === 'quantile' ? 0.5 : null, sampleId: `a/${unit}-${kind}${rank}.jpg`, sampleItem: 10 * unit + rank, sampleSha256: 'ab'.repeat(32), sampleLabel: null, activation: 9 - rank,
  y: 0, x: 0, box, inputBox: { ...box, x1: 5 }, boxKind: 'exact', pictureWidth: 300, pictureHeight: 200, imageFormat: 'webp', width: 8, height: 8, image: noise('fc', unit),
})));
const projectionsOf = (unit: number): readonly ProjectionRow[] => [0, 1].map((rank) => (
  { layer: 'fc', unit, kind: 'top', rank, method: 'deconvnet', seed: 'one', box, imageFormat: 'png', width: 8, height: 8, image: noise('fc', unit + 100) }));
const statisticsOf = (unit: number): StatisticsRow => ({
  layer: 'fc', unit, health: unit === 9 ? ['silent'] : [], reason: unit === 9 ? 'no picture raised it above zero' : '', max: 9, min: 0.5, mean: 2, std: 1.5, p01: 0.5, p50: 2, p99: 8,
  fractionActive: 0.75, histogram: [3, 1], histogramEdges: [0.5, 4.5, 9], samples: 4, samplesNotFinite: 1, naturalMax: 4, neighbours: [{ unit: 1, similarity: 0.5, shared: 2 }],
});

const qualityOf = (unit: number): QualityRow => ({
  layer: 'fc', unit, health: unit === 8 ? ['unclear'] : [], reason: unit === 8 ? 'nobody can tell' : '', interpretability: unit / 16, distinctness: null, viewQuality: [{ view: 0, explains: 0.75, distinguishes: null, seedAgreement: 0.5 }],
  pictureQuality: [{ view: 0, seed: 7, activation: 2.5, overNatural: 1.25, rank: 1, rankOf: 5, pathNaturalness: null, spectrumDistance: 0.5 }],
});

async function published(change: (unit: number) => number = (unit) => unit, failures: readonly PublishFailure[] = []): Promise<{ store: MemoryStore; atlas: Atlas; objects: readonly PublishObject[] }> {
  const store = memoryStore();
  const objects: PublishObject[] = [...(await sweep(store, noise))];
  const add = (key: string, kind: string, layer: string, rows: number, data: Uint8Array): void => {
    store.objects.set(key, data);
    objects.push({ key, kind, layer, rows, bytes: data.length, sha256: sha256(data) });
  };
  const parts = [fc.slice(0, 3), fc.slice(3)];
  for (const [i, units] of parts.entries()) {
    const rows = units.map(change).flatMap(exemplarsOf);
    add(`exemplars/fc/${i}.parquet`, 'exemplars', 'fc', rows.length, writeExemplars(rows));
  }
  add('projections/fc/0.parquet', 'projections', 'fc', 10, writeProjections(fc.flatMap(projectionsOf)));
  add('statistics/fc/0.parquet', 'statistics', 'fc', 5, writeStatistics(fc.map(statisticsOf)));
  add('quality/fc/0.parquet', 'quality', 'fc', 5, writeQuality(fc.map(qualityOf)));
  for (const i of [1, 0]) add(`partials/${i}-skipped.parquet`, 'skipped-samples', '', 1, writeSkipped([{ sampleId: `broken-${i}.jpg`, code: 'EXEMPLARS_X', reason: 'cut short' }]));
  await publishAtlas({ plan, objects, failures, store, sha256 });
  return { store, objects, atlas: await openAtlas(store) };
}

describe('an atlas with a data set', () => {
  it('gives a unit its exemplars and their projections, and counts them', async () => {
    const { atlas } = await published();
    expect(await atlas.exemplars('fc', 8)).toEqual(exemplarsOf(8));
    expect(await atlas.projections('fc', 2)).toEqual(projectionsOf(2));
    expect(await atlas.exemplars('/conv1/Conv', 0)).toEqual([]);
    expect(atlas.manifest.totals).toMatchObject({ exemplars: 20, projections: 10, silent: 1 });
    expect(atlas.manifest.dataset).toEqual({ exemplars: { top: 2, bottom: 1, quantiles: 1 }, projections: { method: 'deconvnet', seed: 'one' }, publish: 'crops', list: 'cd'.repeat(32), samples: 4, skipped: 2, terms: 8 });
    expect((await atlas.verify()).problems).toEqual([]);
  });

  it('fetches for one unit little more than its pictures', async () => {
    const { store, atlas } = await published();
    store.gets.length = 0;
    await atlas.exemplars('fc', 9);
    const bytes = store.gets.map((get) => /(\d+)-(\d+)$/.exec(get)!).map(([, start, end]) => Number(end) - Number(start));
    expect(bytes.reduce((sum, n) => sum + n, 0)).toBeLessThan(4 * 20_000 + 32_768 + 8_192);
  });

  it('puts the statistics beside the scores, and flags units whose pictures stay below natural ones', async () => {
    const { atlas } = await published();
    const units = await atlas.units('fc');
    // The fixture's pictures score 1 + unit (and a little for view and seed): 1.3 and 3.1 against a natural 4, then 9 and more.
    expect(units.map(({ unit, health }) => [unit, ...health])).toEqual([[0, 'below-natural'], [1, 'below-natural'], [2, 'below-natural'], [8, 'unclear'], [9, 'silent']]);
    expect(units[3]).toMatchObject({ max: 9, p50: 2, samples: 4, naturalMax: 4, syntheticOverNatural: (9 + 7 / 64) / 4, neighbours: [{ unit: 1, similarity: 0.5, shared: 2 }], histogramEdges: [0.5, 4.5, 9] });
    expect(units[0]!.reason).toContain('no made picture scores as high as a natural one (4)');
    expect((await atlas.units('/conv1/Conv'))[0]).toMatchObject({ max: null, naturalMax: null, syntheticOverNatural: null, health: [] });
  });

  it('puts the measures of quality beside them, with what they show to be wrong', async () => {
    const { atlas } = await published();
    const units = await atlas.units('fc');
    for (const { unit, interpretability, distinctness, viewQuality, pictureQuality } of units) expect({ interpretability, distinctness, viewQuality, pictureQuality }).toEqual((({ layer: _, unit: __, health: ___, reason: ____, ...rest }) => rest)(qualityOf(unit)));
    expect(units[3]).toMatchObject({ health: ['unclear'], reason: 'nobody can tell' });
    expect(atlas.manifest.totals.unclear).toBe(1);
    expect((await atlas.units('/conv1/Conv'))[0]).toMatchObject({ interpretability: null, viewQuality: null, pictureQuality: null });
  });

  it('flags the units whose exemplars or projections were given up, and says why', async () => {
    const because = { code: 'X_BROKEN', message: 'it broke' };
    const { atlas } = await published(undefined, [{ stage: 'merge', layer: '/conv1/Conv', unitStart: 0, unitEnd: 40, ...because }, { stage: 'projections', layer: 'fc', unitStart: 8, unitEnd: 9, ...because }]);
    const units = await atlas.units('fc');
    expect(units.map(({ unit, health }) => [unit, health.includes('failed')])).toEqual([[0, false], [1, false], [2, false], [8, true], [9, false]]);
    expect(units[3]!.reason).toBe('its projections were given up: X_BROKEN: it broke; nobody can tell');
    const first = await atlas.units('/conv1/Conv');
    expect(new Set(first.map(({ health, reason }) => `${health.join()} ${reason}`))).toEqual(new Set(['failed its exemplars and statistics were given up: X_BROKEN: it broke']));
    expect(atlas.manifest.totals.failed).toBe(41);
    expect((await atlas.verify()).problems).toEqual([]);
  });

  it('reads the exemplars of a range of units without their pictures, whatever files they lie in', async () => {
    const { store, objects } = await published();
    const found = await readExemplars({ store, objects: objects.toReversed() }, 'fc', [2, 9]);
    expect(found).toEqual([2, 8].flatMap(exemplarsOf).map(({ image: _, ...facts }) => facts));
  });

  it('reads the made pictures of some units, whatever files they lie in, by unit, view and seed', async () => {
    const { store, objects } = await published();
    const found = await readMadePictures({ store, objects: objects.toReversed() }, '/conv1/Conv', new Set([39, 3, 4]));
    expect(found.map(({ unit, view, seed }) => [unit, view, seed])).toEqual([3, 4, 39].flatMap((unit) => [[unit, 0, 0], [unit, 0, 7], [unit, 1, 0]]));
    for (const { unit, image } of found) expect(image).toEqual(noise('/conv1/Conv', unit));
  });

  it('refuses exemplars of a unit that was not planned', async () => {
    await expect(published((unit) => (unit === 2 ? 3 : unit))).rejects.toMatchObject({ code: 'ATLAS_UNPLANNED_UNIT', details: { unit: 3, what: 'exemplars' } });
  });
});
