import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishAtlas } from './publish-atlas.js';
import { memoryStore, smallPlan, smallShards, sweep } from './small-sweep.fixture.js';
import { writeSynthesis } from './synthesis.js';

// An atlas is for any tool: an independent reader says what is in the files.
let folder: string;
let duck: DuckDBConnection;

/** Every unit its own picture: a plain colour of 8 × 8. */
const colour = (layer: string, unit: number): readonly [number, number, number] => [layer.length * 10, unit * 5, 255 - unit];
const png = async (layer: string, unit: number): Promise<Uint8Array> => {
  const [r, g, b] = colour(layer, unit);
  return new Uint8Array(await sharp({ create: { width: 8, height: 8, channels: 3, background: { r, g, b } } }).png().toBuffer());
};

beforeAll(async () => {
  const store = memoryStore();
  const objects = await sweep(store, png, smallShards, (row) => [row.layer === 'fc' && row.unit === 2
    ? { ...row, health: ['dead', 'no-gain'], reason: 'never above zero', score: NaN, image: null } : row]);
  await publishAtlas({ plan: smallPlan, objects, store, sha256: (data) => createHash('sha256').update(data).digest('hex') });
  store.objects.set('empty.parquet', writeSynthesis([]));
  folder = await mkdtemp(path.join(tmpdir(), 'atlas-'));
  for (const [key, data] of store.objects) {
    await mkdir(path.dirname(path.join(folder, key)), { recursive: true });
    await writeFile(path.join(folder, key), data);
  }
  duck = await (await DuckDBInstance.create(':memory:')).connect();
  const read = (glob: string): string => `read_parquet('${path.join(folder, glob)}')`;
  await duck.run(`CREATE VIEW synthesis AS FROM ${read('synthesis/*/*.parquet')}`);
  await duck.run(`CREATE VIEW units AS FROM ${read('units/*.parquet')}`);
  await duck.run(`CREATE VIEW layers AS FROM ${read('layers.parquet')}`);
});
afterAll(async () => {
  duck.closeSync();
  await rm(folder, { recursive: true });
});

const rows = async (sql: string): Promise<readonly Record<string, unknown>[]> => (await duck.runAndReadAll(sql)).getRowObjectsJS();

describe('DuckDB over an atlas', () => {
  it('counts the rows', async () => {
    expect(await rows('SELECT layer, view, count(*) AS n, count(DISTINCT unit) AS units FROM synthesis GROUP BY ALL ORDER BY ALL')).toEqual([
      { layer: '/conv1/Conv', view: 0, n: 80n, units: 40n }, { layer: '/conv1/Conv', view: 1, n: 40n, units: 40n },
      { layer: 'fc', view: 0, n: 10n, units: 5n }, { layer: 'fc', view: 1, n: 5n, units: 5n },
    ]);
    expect(await rows('SELECT layer, swept, healthy, shape FROM layers')).toEqual([
      { layer: '/conv1/Conv', swept: 40, healthy: 40, shape: [1, 40, 8, 8] },
      { layer: 'fc', swept: 5, healthy: 4, shape: [1, 10] },
      { layer: 'odd', swept: 4, healthy: 0, shape: [] },
    ]);
  });

  it('has the columns of the format, with their types', async () => {
    const columns = async (table: string): Promise<string[]> => (await rows(`DESCRIBE ${table}`)).map((row) => `${String(row['column_name'])} ${String(row['column_type']).replaceAll('"', '')}`);
    expect(await columns('synthesis')).toEqual([
      'layer VARCHAR', 'unit INTEGER', 'view INTEGER', 'prior VARCHAR', 'prior_version INTEGER', 'objective VARCHAR', 'objective_version INTEGER', 'seed BIGINT',
      'steps INTEGER', 'score_start FLOAT', 'score FLOAT', 'score_trace FLOAT[]', 'image_format VARCHAR', 'width INTEGER', 'height INTEGER',
      'health VARCHAR[]', 'reason VARCHAR', 'provenance VARCHAR', 'image BLOB',
    ]);
    expect(await columns('units')).toEqual([
      'layer VARCHAR', 'unit INTEGER', 'health VARCHAR[]', 'reason VARCHAR', 'score_start FLOAT', 'score FLOAT',
      'best_scores STRUCT(view INTEGER, prior VARCHAR, objective VARCHAR, seed BIGINT, score_start FLOAT, score FLOAT)[]',
      'max FLOAT', 'min FLOAT', 'mean FLOAT', 'std FLOAT', 'p01 FLOAT', 'p50 FLOAT', 'p99 FLOAT', 'fraction_active FLOAT', 'histogram BIGINT[]',
      'histogram_edges FLOAT[]', 'samples BIGINT', 'samples_not_finite BIGINT', 'natural_max FLOAT',
      'neighbours STRUCT(unit INTEGER, similarity FLOAT, shared INTEGER)[]', 'synthetic_over_natural FLOAT',
      'interpretability FLOAT', 'distinctness FLOAT', 'view_quality STRUCT(view INTEGER, explains FLOAT, distinguishes FLOAT, seed_agreement FLOAT)[]',
      'picture_quality STRUCT(view INTEGER, seed BIGINT, activation FLOAT, over_natural FLOAT, rank INTEGER, rank_of INTEGER, path_naturalness FLOAT, spectrum_distance FLOAT)[]',
    ]);
    expect(await columns('layers')).toContain('receptive_field STRUCT(size INTEGER[], stride INTEGER[], offset DOUBLE[])');
  });

  it('decodes the picture of every unit of every layer', async () => {
    const pictures = await rows('SELECT layer, unit, image, width, height FROM synthesis WHERE image IS NOT NULL');
    expect(pictures).toHaveLength(135 - 3);
    for (const { layer, unit, image, width, height } of pictures as { layer: string; unit: number; image: Uint8Array; width: number; height: number }[]) {
      const { data, info } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, ...data.subarray(0, 3)]).toEqual([width, height, ...colour(layer, unit)]);
    }
  });

  it('joins pictures with units', async () => {
    expect(await rows(`
      SELECT u.layer, count(*) AS pictures, max(s.score) = max(u.score) AS same_best
      FROM units u JOIN synthesis s USING (layer, unit) WHERE s.view = 0 AND len(u.health) = 0 GROUP BY ALL ORDER BY ALL`)).toEqual([
      { layer: '/conv1/Conv', pictures: 80n, same_best: true }, { layer: 'fc', pictures: 8n, same_best: true },
    ]);
    expect(await rows('SELECT u.layer, u.unit FROM units u ANTI JOIN synthesis s USING (layer, unit) ORDER BY ALL')).toEqual(
      Array.from({ length: 4 }, (_, unit) => ({ layer: 'odd', unit })));
  });

  it('reads lists, structs, nulls and numbers that are none', async () => {
    expect(await rows(`SELECT unit, score_trace, list_sum(score_trace) AS sum, provenance->>'seed' AS seed FROM synthesis WHERE layer = 'fc' AND unit = 9 AND seed = 7`))
      .toEqual([{ unit: 9, score_trace: [0.25, 0.5, 1], sum: 1.75, seed: '7' }]);
    expect(await rows(`SELECT unit, health, reason, isnan(score) AS nan FROM units WHERE list_contains(health, 'dead')`))
      .toEqual([{ unit: 2, health: ['dead', 'no-gain'], reason: expect.stringContaining('never above zero') as unknown, nan: true }]);
    expect(await rows(`SELECT unit, best.prior, best.score FROM (SELECT unit, unnest(best_scores) AS best FROM units WHERE layer = 'fc' AND unit = 8)`))
      .toEqual([{ unit: 8, prior: 'fourier', score: 9 + 7 / 64 }, { unit: 8, prior: 'pixels', score: 9.25 }]);
    expect(await rows(`SELECT score, natural_max, histogram FROM units WHERE layer = 'odd' AND unit = 0`)).toEqual([{ score: null, natural_max: null, histogram: null }]);
  });

  it('reads a table of no rows', async () => {
    expect(await rows(`SELECT count(*) AS n FROM read_parquet('${path.join(folder, 'empty.parquet')}')`)).toEqual([{ n: 0n }]);
  });
});
