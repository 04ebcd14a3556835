import { describe, expect, it } from 'vitest';
import { readIndex, readLayerIndex } from './atlas-index.js';
import { openLayer } from './open-layer.js';
import { createPartialAtlas } from './partial-atlas.js';
import { publishAtlas } from './publish-atlas.js';
import { webSha256 } from './sha256.js';
import { memoryStore, noise, smallPlan, sweep } from './small-sweep.fixture.js';

const conv = '/conv1/Conv';
const noManifest = (): Promise<never> => Promise.reject(new Error('the manifest was read'));
// 40 units of conv1 and 5 of fc, with three pictures each; `odd` is blocked.
const planned = { all: 45 * 3, conv: 40 * 3, fc: 5 * 3 };

describe('a partial atlas', () => {
  it('shows, before anything is done, all that is planned', async () => {
    const store = memoryStore();
    await createPartialAtlas({ plan: smallPlan, store }).update([]);
    const index = await readIndex(store, noManifest);
    expect(index).toMatchObject({ model: { name: 'net' }, totals: { layers: 3, units: 49, pictures: 0, healthy: 0 }, progress: { done: 0, planned: planned.all } });
    expect(index.layers.map(({ id }) => id)).toEqual([conv, 'fc', 'odd']);
    expect(await readLayerIndex(store, 'fc', noManifest)).toMatchObject({ before: conv, after: 'odd', files: [], progress: { done: 0, planned: planned.fc } });
    expect(await readLayerIndex(store, 'odd', noManifest)).toMatchObject({ progress: { done: 0, planned: 0 }, facts: { blockedCode: 'AUTODIFF_NO_RULE' } });
  });

  it('grows with what is committed: a picture that is there is found, one that is not is not', async () => {
    const store = memoryStore();
    const objects = await sweep(store, noise);
    const some = objects.filter(({ key }) => key.includes('/0-0-24-'));   // the first shard of conv1, view 0, seeds 0 and 7
    await createPartialAtlas({ plan: smallPlan, store }).update(some);
    expect(await readIndex(store, noManifest)).toMatchObject({ totals: { pictures: 48 }, progress: { done: 48, planned: planned.all } });
    const index = await readLayerIndex(store, conv, noManifest);
    expect(index).toMatchObject({ progress: { done: 48, planned: planned.conv }, files: [{ view: 0, unitStart: 0, unitEnd: 24 }] });
    const layer = openLayer(store, index);
    expect(await layer.picture({ unit: 23, view: 0, seed: 7 })).toEqual(noise(conv, 23));
    expect(await layer.picture({ unit: 24, view: 0, seed: 7 })).toBeUndefined();
    expect(await layer.picture({ unit: 3, view: 1, seed: 0 })).toBeUndefined();
    expect(await layer.units()).toEqual([]);
  });

  it('reads each result once, and writes again only what has changed', async () => {
    const store = memoryStore();
    const objects = await sweep(store, noise);
    const partial = createPartialAtlas({ plan: smallPlan, store });
    await partial.update(objects.slice(0, 2));
    const reads = store.gets.filter((get) => get.startsWith(objects[0]!.key)).length;
    expect(reads).toBeGreaterThan(0);
    store.puts.length = 0;
    await partial.update(objects.filter(({ layer }, i) => i < 2 || layer === 'fc'));
    expect(store.gets.filter((get) => get.startsWith(objects[0]!.key))).toHaveLength(reads);
    expect(store.puts).toEqual(['partial/index/fc.json', 'partial/index.json']);
  });

  it('stands back behind the finished atlas, and leaves nothing when it is removed', async () => {
    const store = memoryStore();
    const objects = await sweep(store, noise);
    const partial = createPartialAtlas({ plan: smallPlan, store });
    await partial.update(objects);
    await publishAtlas({ plan: smallPlan, objects, store, sha256: webSha256 });
    expect(await readIndex(store, noManifest)).not.toHaveProperty('progress');
    expect(await readLayerIndex(store, conv, noManifest)).not.toHaveProperty('progress');
    await partial.remove();
    expect([...store.objects.keys()].filter((key) => key.startsWith('partial'))).toEqual([]);
  });
});
