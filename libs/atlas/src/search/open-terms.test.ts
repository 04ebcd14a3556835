import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeExemplars, type ExemplarRow } from '../exemplars.js';
import { openAtlas } from '../open-atlas.js';
import { publishAtlas } from '../publish-atlas.js';
import type { PublishObject, PublishPlan } from '../publish-plan.js';
import { memoryStore, smallPlan, type MemoryStore } from '../small-sweep.fixture.js';
import { openTerms } from './open-terms.js';
import { createTermIndex } from './term-index.js';
import { termFileParts, termFileRows, writeTerms } from './terms.js';
import { compareTerms, termsOf, wordsOf } from './words-of.js';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const plan: PublishPlan = { ...smallPlan, dataset: { index: 'cd'.repeat(32) }, spec: { ...smallPlan.spec, views: { synthesis: [], exemplars: { top: 2, bottom: 1, quantiles: 1 } }, publish: 'links' } };

/** Layer, unit, kind, rank, sample, label. */
type Shown = readonly [layer: string, unit: number, kind: ExemplarRow['kind'], rank: number, id: string, label: string | null];

async function published(shown: readonly Shown[]): Promise<MemoryStore> {
  const store = memoryStore();
  const objects: PublishObject[] = [];
  for (const layer of new Set(shown.map(([id]) => id))) {
    const rows = shown.filter(([id]) => id === layer).map(([, unit, kind, rank, sampleId, sampleLabel]): ExemplarRow => ({
      layer, unit, kind, rank, quantile: null, sampleId, sampleItem: 0, sampleSha256: 'ab'.repeat(32), sampleLabel, activation: 1, y: 0, x: 0, box: { x0: 0, y0: 0, x1: 1, y1: 1 }, inputBox: { x0: 0, y0: 0, x1: 1, y1: 1 }, boxKind: 'exact',
      pictureWidth: 1, pictureHeight: 1, imageFormat: 'png', width: 1, height: 1, image: null,
    }));
    const data = writeExemplars(rows);
    const key = `exemplars/${objects.length}.parquet`;
    store.objects.set(key, data);
    objects.push({ key, kind: 'exemplars', layer, rows: rows.length, bytes: data.length, sha256: sha256(data) });
  }
  await publishAtlas({ plan, objects, store, sha256 });
  return store;
}

describe('the text search of an atlas', () => {
  it('finds units by the labels and the names of their top exemplars, most of them first', async () => {
    const store = await published([
      ['/conv1/Conv', 0, 'top', 0, 'a/n01_golden_retriever.jpg', null], ['/conv1/Conv', 0, 'top', 1, 'x.tar/17.jpg', 'Sea Anémone'], ['/conv1/Conv', 0, 'bottom', 0, 'zebra.png', 'zebra'],
      ['/conv1/Conv', 7, 'top', 0, 'x.tar/17.jpg', 'Sea Anémone'], ['/conv1/Conv', 7, 'top', 1, 'train.parquet#3', 'sea lion'],
      ['fc', 2, 'top', 1, 'x.tar/17.jpg', 'Sea Anémone'],
    ]);
    const reader = await openTerms(store);
    const units = async (query: string): Promise<unknown> => (await reader.search(query)).map(({ layer, unit, hits, rank }) => [layer, unit, hits, rank]);
    expect(await units('SEA')).toEqual([['/conv1/Conv', 7, 2, 0], ['/conv1/Conv', 0, 1, 1], ['fc', 2, 1, 1]]);
    expect(await units('sea anem')).toEqual([['/conv1/Conv', 7, 1, 0], ['/conv1/Conv', 0, 1, 1], ['fc', 2, 1, 1]]);
    expect(await units('retriever golden')).toEqual([['/conv1/Conv', 0, 1, 0]]);
    expect(await units('gold')).toEqual([['/conv1/Conv', 0, 1, 0]]);
    expect(await units('gold retriever')).toEqual([]);
    for (const nothing of ['zebra', 'tar', 'train', '', '…', 'jpg']) expect(await units(nothing), nothing).toEqual([]);
    expect((await reader.find('sea')).map(({ term }) => term)).toEqual(['sea', 'sea', 'sea', 'sea anemone', 'sea anemone', 'sea anemone', 'sea lion']);
    const atlas = await openAtlas(store);
    expect(atlas.manifest.dataset).toMatchObject({ terms: 10 });
    expect((await atlas.verify()).problems).toEqual([]);
  });

  it('has no files where no exemplar has a name', async () => {
    const store = await published([['fc', 2, 'top', 0, 'train.parquet#3', null]]);
    expect([...store.objects.keys()].filter((key) => key.startsWith('terms'))).toEqual([]);
    expect((await openAtlas(store)).manifest.dataset).toMatchObject({ terms: 0 });
  });

  it('reads, of a table of two files and more row groups, only those that may have the word', async () => {
    const index = createTermIndex();
    const words = Array.from({ length: 30_000 }, (_, i) => `w${(i * 7919) % 30_000}`);
    words.forEach((word, i) => { for (const rank of [0, 1, 2, 3, 4]) index.add(0, i * 5 + rank, rank, `${word}.jpg`, null); });
    const store = memoryStore();
    const files = [...termFileParts(index.rows(['conv1']))].map(({ rows, first, last, begun }, i) => {
      const data = writeTerms(rows);
      store.objects.set(`${i}.parquet`, data);
      return { path: `${i}.parquet`, rows: rows.length, bytes: data.length, first, last, begun };
    });
    expect(files.map(({ rows }) => rows)).toEqual([termFileRows, 150_000 - termFileRows]);
    expect(files.reduce((sum, { begun }) => sum + begun, 0)).toBe(30_000);
    store.objects.set('terms.json', new TextEncoder().encode(JSON.stringify({ version: 1, files })));
    const reader = await openTerms(store);
    const rows = await reader.find('w12345');
    expect(rows.map(({ unit }) => unit)).toEqual([0, 1, 2, 3, 4].map((rank) => words.indexOf('w12345') * 5 + rank));
    const bytes = store.gets.slice(1).map((get) => /(\d+)-(\d+)$/.exec(get)!).reduce((sum, [, start, end]) => sum + Number(end) - Number(start), 0);
    expect({ gets: store.gets.length <= 10, bytes: bytes < 120_000 }).toEqual({ gets: true, bytes: true });
    expect((await reader.find('w', 500)).length).toBe(500);
    await expect(openTerms({ get: async () => new TextEncoder().encode('{"version": 1}') })).rejects.toMatchObject({ code: 'ATLAS_BAD_FILE' });
  });

  it('orders terms as their UTF-8 bytes are ordered', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(Math.sign(compareTerms(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }));
  });

  it('takes words of any script, without accents, and whole labels but not captions', () => {
    expect(wordsOf('Ångström, Größe; 猫と写真 — № 7')).toEqual(['angstrom', 'große', '猫と写真', 'no', '7']);
    expect([...termsOf('dogs/IMG_0001.JPEG', 'Golden  retriever')]).toEqual(['golden', 'retriever', 'golden retriever', 'dogs', 'img', '0001']);
    expect([...termsOf('a.tar/b/c.left.png', 'a man on a horse in the rain')]).toEqual(['a', 'man', 'on', 'horse', 'in', 'the', 'rain', 'b', 'c', 'left']);
  });
});
