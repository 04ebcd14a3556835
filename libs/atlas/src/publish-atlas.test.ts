import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openAtlas } from './open-atlas.js';
import { publishAtlas } from './publish-atlas.js';
import type { PublishPlan } from './publish-plan.js';
import { memoryStore, noise, smallPlan, smallShards, sweep, type MemoryStore } from './small-sweep.fixture.js';
import type { SynthesisRow } from './synthesis.js';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const small = (): Uint8Array => Uint8Array.of(1, 2, 3);
const published = async (change?: (row: SynthesisRow) => readonly SynthesisRow[], plan: PublishPlan = smallPlan): Promise<{ store: MemoryStore; atlas: Awaited<ReturnType<typeof openAtlas>> }> => {
  const store = memoryStore();
  await publishAtlas({ plan, objects: await sweep(store, small, smallShards, change), store, sha256 });
  return { store, atlas: await openAtlas(store) };
};

describe('publishAtlas', () => {
  it('counts every unit of every layer once', async () => {
    const { store, atlas } = await published();
    expect(atlas.manifest.totals).toEqual({
      layers: 3, units: 49, pictures: 3 * 45, healthy: 45, flagged: 4, blocked: 4, failed: 0, 'not-finite': 0, 'gradient-blocked': 0, dead: 0, 'no-gain': 0,
      exemplars: 0, projections: 0, silent: 0, constant: 0, 'below-natural': 0, unspecific: 0, 'seeds-disagree': 0, unclear: 0,
    });
    expect((await atlas.units('fc')).map(({ unit }) => unit)).toEqual([0, 1, 2, 8, 9]);
    expect(await atlas.layers()).toMatchObject([
      { layer: '/conv1/Conv', op: 'Conv', units: 40, swept: 40, healthy: 40, flagged: 0, blockedCode: null, fieldKind: 'window', receptiveField: { size: [3, 3], stride: [1, 2], offset: [-1, -0.5] } },
      { layer: 'fc', units: 10, swept: 5, healthy: 5, fieldKind: 'whole', receptiveField: null },
      { layer: 'odd', swept: 4, healthy: 0, flagged: 4, blockedCode: 'AUTODIFF_NO_RULE', blockedReason: 'no rule for Odd', fieldKind: null },
    ]);
    expect(store.puts.at(-1)).toBe('atlas.json');
    expect((await atlas.verify()).problems).toEqual([]);
  });

  it('says for a blocked layer why, and keeps the units of the others', async () => {
    const { atlas } = await published();
    expect(await atlas.units('odd')).toMatchObject(Array.from({ length: 4 }, (_, unit) => (
      { unit, health: ['blocked'], reason: 'AUTODIFF_NO_RULE: no rule for Odd', score: null, bestScores: [] })));
    expect(await atlas.synthesis('odd', 0)).toEqual([]);
  });

  it('takes the best seed of each view, and the first view for the score', async () => {
    const { atlas } = await published((row) => [row.unit === 2 && row.view === 0 && row.seed === 7 ? { ...row, score: NaN, health: ['not-finite'], reason: 'x' } : row]);
    const [, one, two] = await atlas.units('fc');
    expect(one).toMatchObject({
      health: [], score: 2 + 7 / 64, scoreStart: 0.25,
      bestScores: [{ view: 0, prior: 'fourier', objective: 'channel', seed: 7, score: 2 + 7 / 64 }, { view: 1, prior: 'pixels', seed: 0, score: 2.25 }],
    });
    expect(two).toMatchObject({ health: [], score: 3, bestScores: [{ seed: 0, score: 3 }, { seed: 0, score: 3.25 }] });
  });

  it('flags a unit for what is wrong in a view, and calls it dead only where it is so in all', async () => {
    const { atlas } = await published((row) => {
      if (row.layer !== 'fc' || (row.unit === 1 && row.view === 1)) return [row];
      if (row.unit === 0 || row.unit === 1) return [{ ...row, health: ['dead'], reason: 'never above zero' }];
      if (row.unit === 2 && row.view === 0) return [{ ...row, health: ['dead', 'no-gain'], reason: 'did not rise' }];
      return [row];
    });
    expect((await atlas.units('fc')).slice(0, 3)).toMatchObject([
      { health: ['dead'], reason: 'view 0 (fourier, channel): never above zero; view 1 (pixels, channel): never above zero' },
      { health: [], reason: '' },
      { health: ['no-gain'], reason: 'view 0 (fourier, channel): did not rise' },
    ]);
    expect(atlas.manifest.totals).toMatchObject({ healthy: 43, flagged: 6, dead: 1, 'no-gain': 1, blocked: 4 });
  });

  it('flags the units of a shard that was given up, with the reason, and keeps what other views have of them', async () => {
    const store = memoryStore();
    const lost = smallShards.findIndex(({ layer, unitStart, view }) => layer === '/conv1/Conv' && unitStart === 24 && view === 0);
    const objects = await sweep(store, small, smallShards.filter((_, i) => i !== lost));
    const failures = [{ stage: 'synthesis' as const, layer: '/conv1/Conv', unitStart: 24, unitEnd: 40, code: 'ENGINE_DIED', message: 'it ran out of memory' }];
    await publishAtlas({ plan: smallPlan, objects, failures, store, sha256 });
    const atlas = await openAtlas(store);
    const units = await atlas.units('/conv1/Conv');
    expect(units).toHaveLength(40);
    expect(units[23]).toMatchObject({ unit: 23, health: [] });
    expect(units[24]).toMatchObject({
      unit: 24, health: ['failed'], score: 25.25, bestScores: [{ view: 1 }],
      reason: 'view 0 (fourier, channel): its shard was given up: ENGINE_DIED: it ran out of memory',
    });
    expect(atlas.manifest.totals).toMatchObject({ units: 49, failed: 16, flagged: 20 });
    expect((await atlas.verify()).problems).toEqual([]);
  });

  it('gives the same bytes whatever the order of the objects, the place of the output and the order of keys', async () => {
    const store = memoryStore();
    const objects = await sweep(store, noise);
    await publishAtlas({ plan: smallPlan, objects, store, sha256 });
    const first = new Map(store.objects);
    const { model, views } = smallPlan.spec;
    const moved: PublishPlan = { ...smallPlan, spec: { output: 's3://b/p', views, model: { preprocess: { mean: [0, 0, 0], std: [1, 1, 1] }, path: model.path.toUpperCase() } } };
    await publishAtlas({ plan: moved, objects: objects.toReversed(), store, sha256 });
    for (const [key, data] of store.objects) expect([key, sha256(data)]).toEqual([key, sha256(first.get(key)!)]);
    expect(new TextDecoder().decode(store.objects.get('atlas.json'))).not.toMatch(/somewhere/);
  });

  it('does not read the pictures', async () => {
    const store = memoryStore();
    const objects = await sweep(store, noise);
    await publishAtlas({ plan: smallPlan, objects, store, sha256 });
    const read = store.gets.map((get) => /(\d+)-(\d+)$/.exec(get)!).reduce((sum, [, start, end]) => sum + Number(end) - Number(start), 0);
    const there = objects.reduce((sum, { bytes }) => sum + bytes, 0);
    // 135 pictures of 20 kB are 2.7 MB; each of the 8 files gives up its last 32 kB and little more.
    expect(there).toBeGreaterThan(2_700_000);
    expect(read).toBeLessThan(0.2 * there);
  });

  it.each([
    ['a picture twice', (row: SynthesisRow) => (row.unit === 1 ? [row, row] : [row]), { code: 'ATLAS_UNIT_TWICE', details: { layer: '/conv1/Conv', unit: 1 } }],
    ['a picture of another layer', (row: SynthesisRow) => [{ ...row, layer: 'other' }], { code: 'ATLAS_UNPLANNED_UNIT' }],
    ['a seed that was not asked for', (row: SynthesisRow) => [{ ...row, seed: 8 }], { code: 'ATLAS_UNPLANNED_UNIT' }],
    ['another prior than the plan has', (row: SynthesisRow) => [{ ...row, prior: 'gan' }], { code: 'ATLAS_UNPLANNED_UNIT' }],
    ['a unit that was not selected', (row: SynthesisRow) => [{ ...row, unit: row.unit + 5 }], { code: 'ATLAS_UNPLANNED_UNIT' }],
  ])('refuses %s and writes no manifest', async (_, change, error) => {
    const store = memoryStore();
    const objects = await sweep(store, small, smallShards, change);
    await expect(publishAtlas({ plan: smallPlan, objects, store, sha256 })).rejects.toMatchObject(error);
    expect(store.objects.has('atlas.json')).toBe(false);
  });

  it('refuses objects that are not what the manifest says', async () => {
    const store = memoryStore();
    const objects = await sweep(store, small);
    const publish = (changed: object): Promise<unknown> => publishAtlas({ plan: smallPlan, objects: [{ ...objects[0]!, ...changed }, ...objects.slice(1)], store, sha256 });
    await expect(publish({ rows: 1 })).rejects.toMatchObject({ code: 'ATLAS_WRONG_ROWS' });
    await expect(publish({ bytes: objects[0]!.bytes - 1 })).rejects.toMatchObject({ code: 'ATLAS_BAD_FILE' });
    await expect(publish({ layer: 'none' })).rejects.toMatchObject({ code: 'ATLAS_UNPLANNED_LAYER' });
    await expect(publish({ key: 'gone' })).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' });
    const twice = { ...smallPlan, layers: [...smallPlan.layers, smallPlan.layers[0]!] };
    await expect(publishAtlas({ plan: twice, objects, store, sha256 })).rejects.toMatchObject({ code: 'ATLAS_SAME_LAYER_TWICE' });
  });
});
