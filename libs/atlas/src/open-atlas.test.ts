import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseManifest, writeManifest, type AtlasManifest } from './manifest.js';
import { openAtlas } from './open-atlas.js';
import { publishAtlas } from './publish-atlas.js';
import { memoryStore, noise, pictureRow, smallPlan, sweep, type MemoryStore } from './small-sweep.fixture.js';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const conv = '/conv1/Conv';

const made = memoryStore();
let store: MemoryStore;
beforeAll(async () => {
  await publishAtlas({ plan: smallPlan, objects: await sweep(made, noise), store: made, sha256 });
});
beforeEach(() => {
  store = memoryStore();
  for (const [key, data] of made.objects) store.objects.set(key, data);
});

describe('openAtlas', () => {
  it('gives a unit its pictures, by view and seed', async () => {
    const atlas = await openAtlas(store);
    for (const [layer, unit] of [[conv, 0], [conv, 15], [conv, 16], [conv, 39], ['fc', 8]] as const) {
      const image = noise(layer, unit);
      expect(await atlas.synthesis(layer, unit)).toEqual([
        pictureRow(layer, unit, 0, 0, image), pictureRow(layer, unit, 0, 7, image), pictureRow(layer, unit, 1, 0, image),
      ]);
    }
  });

  it('fetches for one unit little more than its pictures, in a few requests', async () => {
    const atlas = await openAtlas(store);
    store.gets.length = 0;
    await atlas.synthesis(conv, 3);
    const bytes = store.gets.map((get) => /(\d+)-(\d+)$/.exec(get)!).map(([, start, end]) => Number(end) - Number(start));
    // Two files, 3 pictures of 20 kB: a footer of at most 32 kB each, the other columns of a row group, the pictures.
    expect(store.gets.length).toBeLessThanOrEqual(6);
    expect(bytes.reduce((sum, n) => sum + n, 0)).toBeLessThan(3 * 20_000 + 2 * 32_768 + 2 * 8_192);
    store.gets.length = 0;
    await atlas.synthesis(conv, 4);
    expect(store.gets.length).toBeLessThanOrEqual(4);
  });

  it('names layers and units that it does not have', async () => {
    const atlas = await openAtlas(store);
    await expect(atlas.units('conv2')).rejects.toMatchObject({ code: 'ATLAS_UNKNOWN_LAYER', message: 'the atlas has no layer conv2; it has: /conv1/Conv, fc, odd' });
    await expect(atlas.synthesis('fc', 5)).rejects.toMatchObject({ code: 'ATLAS_UNKNOWN_UNIT', details: { layer: 'fc', unit: 5, units: 5 } });
    await expect(atlas.synthesis('fc', 40)).rejects.toMatchObject({ code: 'ATLAS_UNKNOWN_UNIT' });
  });

  it('says where there is no atlas', async () => {
    await expect(openAtlas(memoryStore())).rejects.toMatchObject({ code: 'ATLAS_NO_ATLAS' });
  });
});

describe('verify', () => {
  const codes = async (): Promise<string[]> => (await (await openAtlas(store)).verify()).problems.map(({ code }) => code);
  const change = (edit: (manifest: AtlasManifest) => AtlasManifest): void => {
    store.objects.set('atlas.json', writeManifest(edit(parseManifest(store.objects.get('atlas.json')!))));
  };

  it('finds nothing in a sound atlas, whose every byte it reads', async () => {
    const report = await (await openAtlas(store)).verify();
    expect(report.problems).toEqual([]);
    expect(report.bytes).toBe([...store.objects].filter(([key]) => key !== 'atlas.json').reduce((sum, [, data]) => sum + data.length, 0));
  });

  it('finds any flipped bit and any lost end, names the file, and never fails in another way', async () => {
    const keys = [...store.objects.keys()].filter((key) => key !== 'atlas.json');
    await fc.assert(fc.asyncProperty(fc.constantFrom(...keys), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 0, max: 7 }), fc.boolean(), async (key, where, bit, cut) => {
      const data = store.objects.get(key)!;
      const at = Math.floor(where * data.length);
      const damaged = cut ? data.slice(0, at) : data.slice();
      if (!cut) damaged[at]! ^= 1 << bit;
      store.objects.set(key, damaged);
      try {
        const { problems } = await (await openAtlas(store)).verify();
        expect(problems).toMatchObject([{ code: cut ? 'ATLAS_WRONG_SIZE' : 'ATLAS_WRONG_CONTENT', details: { path: key } }]);
      } finally {
        store.objects.set(key, data);
      }
    }), { numRuns: 60 });
  });

  it('reads a damaged file with a catalogued error or as if it were sound, nothing else', async () => {
    const keys = [...store.objects.keys()].filter((key) => key !== 'atlas.json');
    await fc.assert(fc.asyncProperty(fc.constantFrom(...keys), fc.nat(6_000), fc.integer({ min: 1, max: 255 }), async (key, fromEnd, mask) => {
      const data = store.objects.get(key)!;
      const damaged = data.slice();
      damaged[Math.max(0, data.length - 1 - fromEnd)]! ^= mask;   // the footer and the page indexes are at the end
      store.objects.set(key, damaged);
      try {
        const atlas = await openAtlas(store);
        for (const read of [() => atlas.layers(), () => atlas.units(conv), () => atlas.units('fc'), () => atlas.synthesis(conv, 17), () => atlas.synthesis('fc', 9)]) {
          await read().catch((error: unknown) => { expect(error).toMatchObject({ code: expect.stringMatching(/^ATLAS_/) as unknown }); });
        }
      } finally {
        store.objects.set(key, data);
      }
    }), { numRuns: 200 });
  });

  it('leaves no failure behind for nobody, whichever byte of a footer is damaged', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => { unhandled.push(reason); };
    process.on('unhandledRejection', listen);
    try {
      const path = [...store.objects.keys()].find((key) => key.startsWith('synthesis/conv1'))!;
      const data = store.objects.get(path)!;
      for (let fromEnd = 1; fromEnd <= 400; fromEnd++) {
        const damaged = data.slice();
        damaged[data.length - fromEnd]! ^= 128;
        store.objects.set(path, damaged);
        await (await openAtlas(store)).synthesis(conv, 17).catch((error: unknown) => { expect(error).toMatchObject({ code: expect.stringMatching(/^ATLAS_/) as unknown }); });
      }
      await new Promise((done) => { setImmediate(done); });
    } finally {
      process.off('unhandledRejection', listen);
    }
    expect(unhandled).toEqual([]);
  });

  it('finds a file that is gone', async () => {
    store.objects.delete('layers.parquet');
    expect(await codes()).toEqual(['ATLAS_FILE_MISSING']);
  });

  it('finds a unit that is missing, one that is there twice and one that nobody planned', async () => {
    change((manifest) => ({ ...manifest, layers: manifest.layers.map((layer) => (layer.id === 'fc' ? { ...layer, selected: [[0, 4], [8, 10]] } : layer)) }));
    expect(await codes()).toEqual(['ATLAS_UNIT_MISSING']);
    change((manifest) => ({ ...manifest, layers: manifest.layers.map((layer) => (layer.id === 'fc' ? { ...layer, selected: [[0, 3], [8, 9]] } : layer)) }));
    expect(await codes()).toEqual(['ATLAS_UNPLANNED_UNIT', 'ATLAS_UNPLANNED_UNIT', 'ATLAS_UNPLANNED_UNIT', 'ATLAS_UNPLANNED_UNIT']);
  });

  it('finds pictures that are missing or there twice, and totals that do not add up', async () => {
    const file = (await openAtlas(store)).manifest.files.find(({ kind, layer, view }) => kind === 'synthesis' && layer === 'fc' && view === 1)!;
    const original = store.objects.get('atlas.json')!;
    change((manifest) => ({ ...manifest, files: manifest.files.filter(({ path }) => path !== file.path) }));
    expect(await codes()).toEqual([...Array<string>(file.rows).fill('ATLAS_UNIT_MISSING'), 'ATLAS_BAD_MANIFEST']);
    store.objects.set('atlas.json', original);
    change((manifest) => ({ ...manifest, files: [...manifest.files, file] }));
    expect(await codes()).toEqual([...Array<string>(file.rows).fill('ATLAS_UNIT_TWICE'), 'ATLAS_BAD_MANIFEST']);
    store.objects.set('atlas.json', original);
    change((manifest) => ({ ...manifest, totals: { ...manifest.totals, healthy: 46 } }));
    expect((await (await openAtlas(store)).verify()).problems).toMatchObject([{ code: 'ATLAS_BAD_MANIFEST', details: { field: 'totals.healthy', problem: 'says 46, the files have 45' } }]);
  });
});

describe('parseManifest', () => {
  const parse = (edit: (document: Record<string, never>) => unknown): (() => unknown) => {
    const document = JSON.parse(new TextDecoder().decode(store.objects.get('atlas.json'))) as Record<string, never>;
    const edited = edit(document) ?? document;
    return () => parseManifest(new TextEncoder().encode(typeof edited === 'string' ? edited : JSON.stringify(edited)));
  };

  it('reads what was written', () => {
    const manifest = parseManifest(store.objects.get('atlas.json')!);
    expect(Buffer.compare(writeManifest(manifest), store.objects.get('atlas.json')!)).toBe(0);
    expect(manifest.model).toEqual({ name: 'net', sha256: 'a'.repeat(64), bytes: 1234, preprocess: { mean: [0, 0, 0], std: [1, 1, 1] } });
    expect(manifest.views).toEqual([{ kind: 'synthesis', objective: 'channel', prior: 'fourier', seeds: [0, 7] }, { kind: 'synthesis', objective: 'channel', prior: 'pixels', seeds: [0] }]);
  });

  it('keeps what newer programs add', () => {
    expect(parse((document) => ({ ...document, more: 1 }))()).toMatchObject({ more: 1 });
  });

  it.each<[string, (document: { files: { path: unknown; rows: unknown; sha256: unknown }[]; version: unknown; layers: unknown; totals: { dead: unknown } }) => unknown, string, string]>([
    ['no JSON', () => '{"version": 2', 'the document', 'is not JSON'],
    ['a list', () => '[]', 'the document', 'must be an object'],
    ['no version', (d) => { delete (d as { version?: unknown }).version; }, 'version', 'is missing'],
    ['a path that leads out', (d) => { d.files[1]!.path = 'units/../../etc'; }, 'files[1].path', 'must be a path inside the atlas'],
    ['an absolute path', (d) => { d.files[0]!.path = '/etc/passwd'; }, 'files[0].path', 'must be a path inside the atlas'],
    ['a negative count', (d) => { d.files[0]!.rows = -1; }, 'files[0].rows', 'is -1, must be a whole number from 0'],
    ['a short hash', (d) => { d.files[0]!.sha256 = 'abc'; }, 'files[0].sha256', 'is "abc", must be 64 hex digits'],
    ['no layers', (d) => { d.layers = null; }, 'layers', 'is null, must be a list'],
    ['a total that is missing', (d) => { d.totals.dead = undefined; }, 'totals.dead', 'is missing'],
  ])('refuses %s and names the field', (_, edit, field, problem) => {
    expect(parse(edit as never)).toThrow(expect.objectContaining({ code: 'ATLAS_BAD_MANIFEST', details: { field, problem: expect.stringContaining(problem) as unknown } }));
  });

  it('refuses a version that it does not know', () => {
    for (const version of [1, 3]) expect(parse((document) => ({ ...document, version }))).toThrow(expect.objectContaining({ code: 'ATLAS_UNKNOWN_VERSION', details: { version, known: 2 } }));
  });
});
