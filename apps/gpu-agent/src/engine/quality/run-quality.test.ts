import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PublishObject } from '@neuron-atlas/atlas';
import { openStore, type BlobStore } from '@neuron-atlas/blobs';
import { indexDataset } from '@neuron-atlas/exemplars/node';
import { readModel, tensor, writeModel } from '@neuron-atlas/onnx';
import type { ShardTask, SweepPlan } from '@neuron-atlas/spec';
import { builtinPlugins } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { seeded } from '@neuron-atlas/testkit';
import { DuckDBInstance } from '@duckdb/node-api';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel, tinyPlan } from '../../tiny-sweep.fixture.js';
import { createEngine, type Engine } from '../engine.js';

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const never = new AbortController().signal;
let folder: string;
let plan: SweepPlan;
let store: BlobStore;
let engine: Engine;
const manifest: PublishObject[] = [];

/** Does a shard; what it made is in the store and on the manifest. Gives their files. */
async function work(task: Partial<ShardTask>): Promise<readonly string[]> {
  const whole: ShardTask = { seq: 0, stage: 'synthesis', layer: '', unitStart: 0, unitEnd: 0, view: 0, cost: 1, sweepId: 's', plan, ...task };
  const { parts } = await engine.run({ task: whole, manifest, failures: [] }, () => undefined, never);
  for (const { path, ...object } of parts) {
    await store.put(object.key, await readFile(path));
    manifest.push(object);
  }
  return parts.map(({ key }) => join(folder, 'output', key));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quality-test-'));
  await mkdir(join(folder, 'pictures'));
  const random = seeded(4);
  for (let i = 0; i < 24; i++) {
    const data = Uint8Array.from({ length: 4 * 4 * 3 }, () => Math.floor(random() * 256));
    await sharp(data, { raw: { width: 4, height: 4, channels: 3 } }).resize(16, 16, { kernel: 'cubic', fit: 'fill' }).png().toFile(join(folder, 'pictures', `${i}.png`));
  }
  store = await openStore(join(folder, 'output'));
  const { bytes, sha256: modelSha256 } = tinyModel();
  await store.put(`model/${modelSha256}.onnx`, bytes);
  const listed = await indexDataset(await openStore(join(folder, 'pictures')), store, {}, sha256);
  const tiny = tinyPlan(join(folder, 'output'));
  plan = {
    ...tiny, dataset: { location: join(folder, 'pictures'), index: listed.sha256, samples: listed.samples },
    spec: { ...tiny.spec, dataset: { path: 'pictures' }, publish: 'crops', quality: { trials: 20, references: 9, batch: 4 }, views: { ...tiny.spec.views, exemplars: { top: 5, bottom: 4, quantiles: 2, effective: ['top'], batch: 4 } } },
  };
  const scratchDir = await mkdtemp(join(folder, 'scratch-'));
  engine = createEngine({
    runtime: await createNodeRuntime({ provider: 'cpu' }), plugins: builtinPlugins, device: 'test', version: '0.0.0',
    setup: { provider: 'cpu', threads: undefined, plugins: { packages: [], from: '.' }, cacheDir: join(folder, 'cache'), scratchDir },
  });
  await work({ stage: 'exemplars', unitEnd: 24 });
  await work({ stage: 'merge', layer: 'Second', unitEnd: 7 });
  await work({ stage: 'synthesis', layer: 'Second', unitEnd: 7 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function rows(sql: string): Promise<readonly Record<string, unknown>[]> {
  const duck = await (await DuckDBInstance.create()).connect();
  return (await duck.runAndReadAll(sql)).getRowObjectsJS() as Record<string, unknown>[];
}
interface Measured { readonly unit: number; readonly picture_quality: readonly { readonly seed: bigint; readonly activation: number; readonly over_natural: number | null; readonly rank: number | null; readonly rank_of: number | null }[] }

/** A unit's mean, with its leak, for the colours of a picture as if it were opaque. */
async function meanOf(unit: number, image: Uint8Array): Promise<number> {
  const data = await sharp(Buffer.from(image)).removeAlpha().raw().toBuffer();
  const input = Float32Array.from({ length: 3 * 256 }, (_, i) => (data[(i % 256) * 3 + Math.floor(i / 256)]! / 255 - 0.5) / 0.25);
  const model = readModel(tinyModel().bytes, { name: 'tiny' });
  await using session = await (await createNodeRuntime({ provider: 'cpu' })).load(writeModel({ ...model, graph: { ...model.graph, outputs: [{ name: 'Second', dtype: 'f32' as const, untyped: true as const }] } }));
  const map = (await session.run({ image: tensor('f32', [1, 3, 16, 16], input) }))['Second']!.data as Float32Array;
  return map.slice(unit * 256, (unit + 1) * 256).reduce((sum, value) => sum + (value < 0 ? 0.01 * value : value), 0) / 256;
}

describe('an engine on a shard of quality', () => {
  it('measures a unit the same whichever shard it is in', async () => {
    const [whole] = await work({ stage: 'quality', layer: 'Second', unitEnd: 7 });
    const halves = [...(await work({ stage: 'quality', layer: 'Second', unitEnd: 3 })), ...(await work({ stage: 'quality', layer: 'Second', unitStart: 3, unitEnd: 7 }))];
    const all = await rows(`SELECT * FROM '${whole!}' ORDER BY unit`);
    expect(all).toHaveLength(7);
    expect((await Promise.all(halves.map((path) => rows(`SELECT * FROM '${path}' ORDER BY unit`)))).flat()).toEqual(all);
  });

  it('puts the picture of 8 bits back through the model itself', async () => {
    const [path] = await work({ stage: 'quality', layer: 'Second', unitEnd: 7 });
    const measured = await rows(`SELECT unit, picture_quality FROM '${path!}' ORDER BY unit`) as unknown as readonly Measured[];
    const made = await rows(`SELECT unit, seed, image FROM '${manifest.filter(({ kind }) => kind === 'synthesis').map(({ key }) => join(folder, 'output', key))[0]!}'`);
    const [natural] = manifest.filter(({ kind }) => kind === 'statistics').map(({ key }) => join(folder, 'output', key));
    const known = new Map((await rows(`SELECT unit, max, natural_max FROM '${natural!}'`)).map((row) => [row['unit'] as number, row as { max: number; natural_max: number }]));
    // The model as the file has it, one picture at a time; preprocessing, mean with its leak and ranks by plain loops.
    const model = readModel(tinyModel().bytes, { name: 'tiny' });
    await using session = await (await createNodeRuntime({ provider: 'cpu' })).load(writeModel({ ...model, graph: { ...model.graph, outputs: [{ name: 'Second', dtype: 'f32' as const, untyped: true as const }] } }));
    for (const { unit, picture_quality: pictures } of measured) {
      expect(pictures.map(({ seed }) => Number(seed))).toEqual([0, 3]);
      for (const picture of pictures) {
        const { data } = await sharp(Buffer.from(made.find((row) => row['unit'] === unit && row['seed'] === picture.seed)!['image'] as Uint8Array)).raw().toBuffer({ resolveWithObject: true });
        const input = Float32Array.from({ length: 3 * 256 }, (_, i) => (data[(i % 256) * 3 + Math.floor(i / 256)]! / 255 - 0.5) / 0.25);
        const map = (await session.run({ image: tensor('f32', [1, 3, 16, 16], input) }))['Second']!.data as Float32Array;
        const places = (of: number): Float32Array => map.slice(of * 256, (of + 1) * 256);
        expect(picture.activation).toBeCloseTo(places(unit).reduce((sum, value) => sum + (value < 0 ? 0.01 * value : value), 0) / 256, 4);
        const { natural_max: most } = known.get(unit)!;
        if (most > 0) expect(picture.over_natural).toBeCloseTo(picture.activation / most, 4);
        else expect(picture.over_natural).toBeNull();
        const ratios = [...known].filter(([, { max }]) => max > 0).map(([of, { max }]) => ({ of, ratio: Math.max(0, ...places(of)) / max }));
        const own = ratios.find(({ of }) => of === unit);
        expect([picture.rank, picture.rank_of]).toEqual(own === undefined ? [null, null] : [1 + ratios.filter(({ ratio }) => ratio > own.ratio).length, ratios.length]);
      }
    }
    // The dead unit has no natural maximum above 0, and is compared with none.
    expect(measured[6]!.picture_quality.map(({ over_natural: over, rank }) => [over, rank])).toEqual([[null, null], [null, null]]);
  });

  it('lays a transparent picture on the colour that the model sees as zero, where it was scored', async () => {
    manifest.splice(0, manifest.length, ...manifest.filter(({ kind }) => kind !== 'synthesis' && kind !== 'quality'));
    const [view] = plan.spec.views.synthesis;
    const transparent: SweepPlan = { ...plan, spec: { ...plan.spec, views: { ...plan.spec.views, synthesis: [{ ...view!, priorParams: { alpha: 1 }, seeds: [0] }] } } };
    const [made] = await work({ stage: 'synthesis', layer: 'Second', unitEnd: 7, plan: transparent });
    const [path] = await work({ stage: 'quality', layer: 'Second', unitEnd: 7, plan: transparent });
    const measured = await rows(`SELECT unit, picture_quality FROM '${path!}' ORDER BY unit`) as unknown as readonly Measured[];
    const pictures = await rows(`SELECT unit, score, image FROM '${made!}' ORDER BY unit`);
    let opaque = 0;
    for (const [unit, { score, image }] of pictures.entries()) {
      expect(await sharp(Buffer.from(image as Uint8Array)).metadata()).toMatchObject({ channels: 4, hasAlpha: true });
      // Of 8 bits is the picture in the atlas and the neutral colour below it (128 for 127.5), exact what was scored.
      expect(Math.abs(measured[unit]!.picture_quality[0]!.activation - (score as number))).toBeLessThan(0.03);
      opaque = Math.max(opaque, Math.abs(await meanOf(unit, image as Uint8Array) - (score as number)));
    }
    // With its colours alone it would be another picture.
    expect(opaque).toBeGreaterThan(0.1);
  });
});
