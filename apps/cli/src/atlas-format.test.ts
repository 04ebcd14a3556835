import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { openAtlas, publishAtlas, webSha256, writeSynthesis, type PublishObject, type PublishPlan } from '@neuron-atlas/atlas';
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
    spec: { model: { path: 'net.onnx', preprocess: {} }, views: { synthesis: [{ prior: 'fourier', objective: 'channel', seeds: [0, 1] }] }, output: folder },
    modelSha256: 'a'.repeat(64), modelName: 'net', modelBytes: 1,
    layers: [{ id: 'conv1', tensor: 't', op: 'Conv', site: 'pre', units: 3, shape: [1, 3, 8, 8], selected: [[0, 3]], megaMacs: 1 }],
  };
  const rows = [0, 1, 2].flatMap((unit) => [0, 1].map((seed) => ({
    ...synthesisRow('conv1', unit, Uint8Array.of(1, 2, 3)), seed, score: unit + (seed === 1 ? 10 : 0), provenance: JSON.stringify({ prior: { name: 'fourier' }, seed }),
    ...(unit === 2 ? { health: ['dead'] as const, reason: 'never above zero' } : {}),
  })));
  const data = writeSynthesis(rows);
  const object: PublishObject = { key: 'synthesis/conv1/0.parquet', bytes: data.length, sha256: await webSha256(data), rows: rows.length, kind: 'synthesis', layer: 'conv1' };
  await store.put(object.key, data);
  await publishAtlas({ plan, objects: [object], store, sha256: webSha256 });
  expect((await (await openAtlas(store)).verify()).problems).toEqual([]);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the snippets of docs/atlas-format.md', () => {
  const expected: Readonly<Record<string, unknown>> = {
    'the units that no picture could move': [{ layer: 'conv1', unit: 2, reason: 'never above zero' }],
    'how much the pictures of each layer raise the score, and how large they are': [{ layer: 'conv1', pictures: 6n, gain: 5.5, bytes: 3 }],
    'the best picture of each unit, beside what is known of the unit': expect.arrayContaining([0, 1, 2].map((unit) => expect.objectContaining({ unit, seed: 1n, score: unit + 10 }) as unknown)),
    'how a picture was made': expect.arrayContaining([expect.objectContaining({ unit: 0, prior: 'fourier', seed: '1' })]),
  };

  it('are all here', () => {
    expect(snippets.map(([title]) => title)).toEqual(Object.keys(expected));
  });

  it.each(snippets)('%s', async (title, sql) => {
    const connection = await (await DuckDBInstance.create()).connect();
    const rows = (await connection.runAndReadAll(sql.replaceAll(/'(units|synthesis)\//g, `'${folder}/$1/`))).getRowObjects();
    expect(rows).toEqual(expected[title]);
  });
});
