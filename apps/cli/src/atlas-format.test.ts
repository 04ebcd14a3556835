import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { openAtlas, publishAtlas, webSha256, writeExemplars, writeQuality, writeSynthesis, type ExemplarRow, type PublishObject, type PublishPlan, type QualityRow } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { synthesisRow } from './fake-world.fixture.js';

const page = join(dirname(fileURLToPath(import.meta.url)), '../../../docs/atlas-format.md');
const snippets = [...(await readFile(page, 'utf8')).matchAll(/^```sql\n-- (.*)\n([^]*?)^```/gm)].map(([, title, sql]) => [title!, sql!] as const);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atlas-format-'));
  const store = await openStore(folder);
  const plan: PublishPlan = {
    spec: { model: { path: 'net.onnx', preprocess: {} }, views: { synthesis: [{ prior: 'fourier', objective: 'channel', seeds: [0, 1] }], exemplars: { top: 4, bottom: 1, quantiles: 0 } }, output: folder },
    modelSha256: 'a'.repeat(64), modelName: 'net', modelBytes: 1,
    layers: [{ id: 'conv1', tensor: 't', op: 'Conv', site: 'pre', units: 3, shape: [1, 3, 8, 8], selected: [[0, 3]], megaMacs: 1 }], dataset: { index: 'c'.repeat(64) },
  };
  const rows = [0, 1, 2].flatMap((unit) => [0, 1].map((seed) => ({
    ...synthesisRow('conv1', unit, Uint8Array.of(1, 2, 3)), seed, score: unit + (seed === 1 ? 10 : 0), provenance: JSON.stringify({ prior: { name: 'fourier' }, seed }),
    ...(unit === 2 ? { health: ['dead'] as const, reason: 'never above zero' } : {}),
  })));
  // Unit 1 sees four dogs on grass, unit 2 one.
  const natural = [[1, 'dog.jpg', 'dog'], [1, 'grass/dog-2.jpg', 'dog'], [1, 'grass/dog-3.jpg', 'dog'], [1, 'grass/4.jpg', 'dog'], [2, 'dog.jpg', 'dog']].map(([unit, sampleId, sampleLabel], rank) => ({
    layer: 'conv1', unit, kind: 'top', rank, quantile: null, sampleId, sampleItem: 0, sampleSha256: 'ab'.repeat(32), sampleLabel, activation: 1, y: 0, x: 0, box: { x0: 0, y0: 0, x1: 1, y1: 1 }, inputBox: { x0: 0, y0: 0, x1: 1, y1: 1 }, boxKind: 'exact',
    pictureWidth: 1, pictureHeight: 1, imageFormat: 'png', width: 1, height: 1, image: null,
  }) as ExemplarRow);
  // The second seed is the best of each unit; the first one must not count.
  const quality = [0, 1].map((unit): QualityRow => ({
    layer: 'conv1', unit, health: [], reason: '', interpretability: 1, distinctness: 0.5, viewQuality: [{ view: 0, explains: 0.75, distinguishes: unit, seedAgreement: 0.5 }],
    pictureQuality: [0, 1].map((seed) => ({ view: 0, seed, activation: 1, overNatural: seed === 1 ? 2 + unit : 99, rank: 1, rankOf: 3, pathNaturalness: 1, spectrumDistance: null })),
  }));
  const objects: PublishObject[] = [];
  for (const [kind, data, count] of [['synthesis', writeSynthesis(rows), rows.length], ['exemplars', writeExemplars(natural), natural.length], ['quality', writeQuality(quality), quality.length]] as const) {
    const key = `${kind}/conv1/0.parquet`;
    await store.put(key, data);
    objects.push({ key, bytes: data.length, sha256: await webSha256(data), rows: count, kind, layer: 'conv1' });
  }
  await publishAtlas({ plan, objects, store, sha256: webSha256 });
  expect((await (await openAtlas(store)).verify()).problems).toEqual([]);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the snippets of docs/atlas-format.md', () => {
  const expected: Readonly<Record<string, unknown>> = {
    'the units that no picture could move': [{ layer: 'conv1', unit: 2, reason: 'never above zero' }],
    'how much the pictures of each layer raise the score, and how large they are': [{ layer: 'conv1', pictures: 6n, gain: 5.5, bytes: 3 }],
    'the best picture of each unit, beside what is known of the unit': expect.arrayContaining([0, 1, 2].map((unit) => expect.objectContaining({ unit, seed: 1n, score: unit + 10 }) as unknown)),
    'how a picture was made': expect.arrayContaining([expect.objectContaining({ unit: 0, prior: 'fourier', seed: '1' })]),
    'which units see what: the words of labels and names that most of a unit\'s top exemplars share': [{ layer: 'conv1', unit: 1, words: 'dog, grass' }],
    'by prior: how far pictures get, and how well they explain their unit (a sweep with `quality:`)': [{ prior: 'fourier', over_natural: 2.5, explains: 0.75, distinguishes: 0.5, agreement: 0.5 }],
  };

  it('are all here', () => {
    expect(snippets.map(([title]) => title)).toEqual(Object.keys(expected));
  });

  it.each(snippets)('%s', async (title, sql) => {
    const connection = await (await DuckDBInstance.create()).connect();
    const rows = (await connection.runAndReadAll(sql.replaceAll(/'(units|synthesis|terms)\//g, `'${folder}/$1/`))).getRowObjects();
    expect(rows).toEqual(expected[title]);
  });
});
