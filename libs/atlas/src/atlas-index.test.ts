import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { layerIndexPath, readIndex, readLayerIndex } from './atlas-index.js';
import { openAtlas } from './open-atlas.js';
import { openLayer } from './open-layer.js';
import { publishAtlas } from './publish-atlas.js';
import { memoryStore, noise, smallPlan, sweep, type MemoryStore } from './small-sweep.fixture.js';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const conv = '/conv1/Conv';
const noManifest = (): Promise<never> => Promise.reject(new Error('the manifest was read'));

const made = memoryStore();
let store: MemoryStore;
beforeAll(async () => {
  const plan = { ...smallPlan, layers: smallPlan.layers.map((layer, i) => ({ ...layer, inputs: i === 0 ? [] : [smallPlan.layers[i - 1]!.id] })) };
  await publishAtlas({ plan, objects: await sweep(made, noise), store: made, sha256 });
});
beforeEach(() => {
  store = memoryStore();
  for (const [key, data] of made.objects) store.objects.set(key, data);
});

describe('the index of an atlas', () => {
  it('says what the manifest says, without its files', async () => {
    const { files, ...rest } = (await openAtlas(store)).manifest;
    expect(files.length).toBeGreaterThan(0);
    expect(await readIndex(store, noManifest)).toEqual(rest);
    expect(rest.layers.map(({ inputs }) => inputs)).toEqual([[], [conv], ['fc']]);
  });

  it('gives a layer its files, its facts and its neighbours', async () => {
    const { manifest, layers } = await openAtlas(store);
    const index = await readLayerIndex(store, 'fc', noManifest);
    expect(index).toMatchObject({ layer: manifest.layers[1], before: conv, after: 'odd', views: manifest.views, facts: (await layers())[1] });
    expect(index.files).toEqual(manifest.files.filter(({ layer }) => layer === 'fc'));
    expect(await readLayerIndex(store, conv, noManifest)).toMatchObject({ before: null, after: 'fc' });
  });

  it('is made of the manifest where an older program wrote none', async () => {
    const whole = await readLayerIndex(store, 'fc', noManifest);
    for (const key of [...store.objects.keys()]) if (key.startsWith('index')) store.objects.delete(key);
    const { manifest } = await openAtlas(store);
    expect(await readIndex(store, async () => manifest)).toBe(manifest);
    expect(await readLayerIndex(store, 'fc', async () => manifest)).toEqual({ ...whole, facts: null });
    await expect(readLayerIndex(store, 'fd', async () => manifest)).rejects.toMatchObject({ code: 'ATLAS_UNKNOWN_LAYER' });
  });

  it('refuses one that is damaged or of a newer program', async () => {
    const change = (text: string): void => { store.objects.set(layerIndexPath('fc'), new TextEncoder().encode(text)); };
    change('{"version": 2');
    await expect(readLayerIndex(store, 'fc', noManifest)).rejects.toMatchObject({ code: 'ATLAS_BAD_FILE', details: { path: 'index/fc.json' } });
    change('{"version": 2, "model": {"name": "net", "sha256": ""}}');
    await expect(readLayerIndex(store, 'fc', noManifest)).rejects.toMatchObject({ code: 'ATLAS_BAD_FILE', details: { problem: expect.stringContaining('layer is missing') as unknown } });
    change(new TextDecoder().decode(made.objects.get(layerIndexPath('fc'))).replace('"version":2', '"version":9'));
    await expect(readLayerIndex(store, 'fc', noManifest)).rejects.toMatchObject({ code: 'ATLAS_UNKNOWN_VERSION' });
  });

  it('leads from a link to the picture of a unit in three requests', async () => {
    store.gets.length = 0;
    const layer = openLayer(store, await readLayerIndex(store, conv, noManifest));
    expect(await layer.picture({ unit: 17, view: 0, seed: 7 })).toEqual(noise(conv, 17));
    expect(store.gets.map((get) => get.split(' ')[0])).toEqual([
      layerIndexPath(conv), expect.stringMatching(/^synthesis/), expect.stringMatching(/^synthesis/),
    ]);
    expect(await layer.picture({ unit: 18, view: 0, seed: 0 })).toEqual(noise(conv, 18));
    expect(store.gets).toHaveLength(4);
    expect(await layer.picture({ unit: 90, view: 0, seed: 0 })).toBeUndefined();
  });
});
