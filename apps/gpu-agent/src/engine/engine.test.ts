import { createHash } from 'node:crypto';
import { readdir, readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSynthesis, type PublishObject } from '@neuron-atlas/atlas';
import { openStore } from '@neuron-atlas/blobs';
import type { ShardTask } from '@neuron-atlas/spec';
import type { Runtime } from '@neuron-atlas/onnx';
import { builtinPlugins } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { DuckDBInstance } from '@duckdb/node-api';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tinyModel, tinyPlan } from '../tiny-sweep.fixture.js';
import { createEngine, type Engine } from './engine.js';
import type { EnginePart, EngineProgress } from './protocol.js';

let folder: string;
let output: string;
let scratchDir: string;
let loads: number;
const never = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-test-'));
  output = join(folder, 'output');
  scratchDir = await mkdtemp(join(folder, 'scratch-'));
  loads = 0;
  const { bytes, sha256 } = tinyModel();
  await (await openStore(output)).put(`model/${sha256}.onnx`, bytes);
});
afterEach(async () => { await rm(folder, { recursive: true, force: true }); });

async function engine(cacheDir = join(folder, 'cache'), threads?: number, checkpointMs?: number): Promise<Engine> {
  const cpu = await createNodeRuntime({ provider: 'cpu' });
  const runtime: Runtime = { ...cpu, load: (model, options) => { loads++; return cpu.load(model, options); } };
  return createEngine({ runtime, plugins: builtinPlugins, device: 'test', version: '0.0.0', ...(checkpointMs === undefined ? {} : { checkpointMs }), setup: { provider: 'cpu', threads, plugins: { packages: [], from: '.' }, cacheDir, scratchDir } });
}

const task = (given: Partial<ShardTask> = {}): ShardTask =>
  ({ seq: 0, stage: 'synthesis', layer: 'Second', unitStart: 0, unitEnd: 7, view: 0, cost: 1, sweepId: 's', plan: tinyPlan(output), ...given });

async function run(from: Engine, given: Partial<ShardTask> = {}, onProgress: (progress: EngineProgress) => void = () => undefined, signal = never): Promise<{ readonly bytes: Buffer; readonly path: string; readonly sha256: string; readonly key: string; readonly rows: number }> {
  const { parts: [part] } = await from.run({ task: task(given), manifest: [], failures: [] }, onProgress, signal);
  return { ...part!, bytes: await readFile(part!.path) };
}

describe('an engine on a synthesis shard', () => {
  it('makes a picture of every unit and seed, by rising unit, that any reader of Parquet understands', async () => {
    const part = await run(await engine());
    const duck = await (await DuckDBInstance.create()).connect();
    const rows = (await duck.runAndReadAll(`SELECT * FROM '${part.path}'`)).getRowObjectsJS();
    expect(rows.map(({ unit, seed }) => [unit, Number(seed)])).toEqual([0, 1, 2, 3, 4, 5, 6].flatMap((unit) => [[unit, 0], [unit, 3]]));
    expect(part.rows).toBe(14);
    for (const row of rows) {
      expect(row).toMatchObject({ layer: 'Second', view: 0, prior: 'fourier', objective: 'channel', steps: 12, image_format: 'png', width: 16, height: 16 });
      const { width, height, channels } = await sharp(Buffer.from(row['image'] as Uint8Array)).metadata();
      expect({ width, height, channels }).toEqual({ width: 16, height: 16, channels: 3 });
      if (row['unit'] === 6) {
        expect(row['health']).toEqual(['gradient-blocked', 'dead', 'no-gain']);
      } else {
        expect(row['health']).toEqual([]);
        expect(row['score']).toBeGreaterThan(row['score_start'] as number);
        expect(row['score_trace']).toHaveLength(12);
      }
    }
  });

  it('states in each row all that makes the picture again, and nothing of time and place', async () => {
    const part = await run(await engine());
    const duck = await (await DuckDBInstance.create()).connect();
    const [row] = (await duck.runAndReadAll(`SELECT provenance FROM '${part.path}' WHERE unit = 2 AND seed = 3`)).getRowObjectsJS();
    expect(JSON.parse(row!['provenance'] as string)).toMatchObject({
      model: { sha256: tinyModel().sha256, input: { name: 'image', shape: [1, 3, 16, 16] } }, tensor: 'Second', seed: 3, steps: 12, batch: 4,
      prior: { name: 'fourier' }, objective: { name: 'channel' }, optimiser: { name: 'adam' }, provider: 'cpu', neuronAtlas: '0.0.0',
      size: { channels: 3, height: 16, width: 16 }, learningRate: 0.05, program: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('gives the same bytes under the same name again, from a fresh engine, a warm one, and a cache of programs', async () => {
    const first = await engine();
    const parts = [await run(first), await run(first), await run(await engine()), await run(await engine(join(folder, 'other-cache')))];
    expect(new Set(parts.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(new Set(parts.map(({ key }) => key)).size).toBe(1);
    expect(parts[0]!.key).toMatch(/^synthesis\/[^/]+\/0-00000-00007-[0-9a-f]{16}\.parquet$/);
  });

  it('gives a unit the same picture whichever shard it is in', async () => {
    const from = await engine();
    const [whole, half] = [await run(from), await run(from, { unitStart: 4 })];
    const duck = await (await DuckDBInstance.create()).connect();
    const images = async (path: string): Promise<unknown> =>
      (await duck.runAndReadAll(`SELECT unit, seed, score, image FROM '${path}' WHERE unit >= 4`)).getRowObjectsJS();
    expect(await images(half.path)).toEqual(await images(whole.path));
  });

  it('keeps the session of a program for the next shard, and compiles no program twice', async () => {
    const from = await engine();
    await run(from, { unitEnd: 4 });
    const before = loads;
    await run(from, { unitStart: 4 });
    expect(loads).toBe(before);
    await run(await engine());
    expect(loads).toBe(before + 1);
  });

  it('tries numbers of threads where a shard is long, once, and makes the same bytes with each', async () => {
    const short = tinyPlan(output);
    const [view] = short.spec.views.synthesis;
    const plan = { ...short, spec: { ...short.spec, views: { ...short.spec.views, synthesis: [{ ...view!, steps: 130 }] } } };
    const [cache, choices] = [join(folder, 'cache'), join(folder, 'cache', 'threads')];
    const chosen = await run(await engine(cache, 3), { plan });
    const [name, ...others] = await readdir(choices);
    expect(others).toEqual([]);
    expect(['1', '2', '3']).toContain(await readFile(join(choices, name!), 'utf8'));
    for (const threads of ['1', '2', '3']) {
      await writeFile(join(choices, name!), threads);
      const before = loads;
      expect((await run(await engine(cache, 3), { plan })).sha256).toBe(chosen.sha256);
      expect(loads).toBe(before + 1);
    }
    await run(await engine(join(folder, 'other-cache'), 3));
    expect(await readdir(join(folder, 'other-cache'))).not.toContain('threads');
  });

  it('reports progress that only grows, to the end', async () => {
    const seen: EngineProgress[] = [];
    await run(await engine(), {}, (progress) => seen.push(progress));
    expect(seen.map(({ fraction }) => fraction)).toEqual(seen.map(({ fraction }) => fraction).toSorted((a, b) => a - b));
    expect(seen.at(-1)).toEqual({ phase: 'encode', unitsDone: 7, unitsTotal: 7, fraction: 1 });
    expect(seen.filter(({ phase }) => phase === 'ascend').length).toBeGreaterThan(4);
  });

  it('stops between chunks when it is cancelled, and leaves nothing in the scratch folder', async () => {
    const abort = new AbortController();
    await expect(run(await engine(), {}, ({ phase, fraction }) => { if (phase === 'ascend' && fraction > 0.2) abort.abort(); }, abort.signal)).rejects.toThrow();
    expect(await readdir(scratchDir)).toEqual([]);
  });

  describe('that was begun before', () => {
    const views = { synthesis: [{ ...tinyPlan('').spec.views.synthesis[0]!, batch: 2 }] };
    const inTwos = (): ShardTask => {
      const plan = tinyPlan(output);
      return task({ plan: { ...plan, spec: { ...plan.spec, views } } });
    };

    /** A run with checkpoints of others, in batches of two units; what it makes, the checkpoints that it writes, and batches that it works on. */
    async function resumed(finished: readonly PublishObject[], given = inTwos(), checkpointMs = 0) {
      const checkpoints: EnginePart[] = [];
      const starts = new Set<number>();
      const { parts: [part] } = await (await engine(undefined, undefined, checkpointMs)).run({ task: given, manifest: [], failures: [], finished }, (progress) => {
        if (progress.finished !== undefined) checkpoints.push(progress.finished);
        else if (progress.phase === 'ascend' && progress.fraction % (2 / 7) > 1e-6 && progress.fraction < 1) starts.add(Math.floor((7 * progress.fraction) / 2));
      }, never);
      return { sha256: part!.sha256, key: part!.key, rows: await readSynthesis(part!.key, await readFile(part!.path)), checkpoints, worked: [...starts].toSorted() };
    }
    async function stored(parts: readonly EnginePart[]): Promise<readonly PublishObject[]> {
      const store = await openStore(output);
      for (const { key, path } of parts) await store.put(key, await readFile(path));
      return parts.map(({ path: _path, ...object }) => object);
    }

    it('has a checkpoint for every batch but the last, in files that no result has the name of', async () => {
      const { checkpoints } = await resumed([]);
      expect(checkpoints.map(({ key, rows }) => [key.replace(/-[0-9a-f]{16}\.parquet$/, '').replace(/\/.*\//, '/…/'), rows])).toEqual([['checkpoints/…/0-00000-00002', 4], ['checkpoints/…/0-00002-00004', 4], ['checkpoints/…/0-00004-00006', 4]]);
      expect((await resumed([], inTwos(), 60_000)).checkpoints).toEqual([]);
    });

    it('makes the bytes of an undisturbed run, and only the units that no checkpoint has', async () => {
      const whole = await resumed([]);
      expect(whole.worked).toEqual([0, 1, 2, 3]);
      const [first, second, third] = await stored(whole.checkpoints) as [PublishObject, PublishObject, PublishObject];
      for (const [finished, worked] of [[[first], [1, 2, 3]], [[first, second, third], [3]], [[third, first], [1, 3]]] as const) {
        const again = await resumed(finished);
        expect([again.sha256, again.key, again.worked]).toEqual([whole.sha256, whole.key, worked]);
      }
    });

    it('makes the rows of the whole in both parts, where it was cut behind what was finished', async () => {
      const whole = await resumed([]);
      const [first] = await stored(whole.checkpoints) as [PublishObject];
      const parts = [await resumed([first], { ...inTwos(), unitEnd: 6 }), await resumed([], { ...inTwos(), unitStart: 6 })];
      expect(parts.flatMap(({ rows }) => rows)).toEqual(whole.rows);
      expect(whole.rows).toHaveLength(14);
    });

    it('passes over checkpoints that are gone, damaged, or of another program or layer', async () => {
      const whole = await resumed([]);
      const [first, second] = await stored(whole.checkpoints) as [PublishObject, PublishObject];
      const store = await openStore(output);
      await store.put(first.key, new TextEncoder().encode('not what it was'));
      const junk = new TextEncoder().encode('no Parquet');
      await store.put('checkpoints/junk.parquet', junk);
      const bad = { ...second, key: 'checkpoints/junk.parquet', sha256: createHash('sha256').update(junk).digest('hex') };
      expect(await resumed([first, { ...second, key: 'checkpoints/gone.parquet' }, bad])).toMatchObject({ sha256: whole.sha256, worked: [0, 1, 2, 3] });
      const { plan } = inTwos();
      const longer = { ...inTwos(), plan: { ...plan, spec: { ...plan.spec, views: { synthesis: [{ ...views.synthesis[0]!, steps: 13 }] } } } };
      expect((await resumed([second], longer)).worked).toEqual([0, 1, 2, 3]);
      expect((await resumed([second], { ...inTwos(), layer: 'first', unitEnd: 5 })).checkpoints).toHaveLength(2);
    });
  });

  it('fetches a cached model anew that is damaged', async () => {
    const { sha256, bytes } = tinyModel();
    const path = join(folder, 'cache', 'models', `${sha256}.onnx`);
    await run(await engine(), { layer: 'first', unitEnd: 5 });
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    await writeFile(path, bytes.subarray(0, 100));
    await run(await engine());
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
  });

  it('refuses a model in the output that is not the plan\'s', async () => {
    const { sha256, bytes } = tinyModel();
    await (await openStore(output)).put(`model/${sha256}.onnx`, bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)));
    await expect(run(await engine())).rejects.toMatchObject({ code: 'AGENT_MODEL_CHANGED', details: { expected: sha256 } });
    await expect(readdir(join(folder, 'cache', 'models'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says which model is missing', async () => {
    await rm(output, { recursive: true });
    await expect(run(await engine())).rejects.toMatchObject({ code: 'BLOBS_NOT_FOUND', message: expect.stringContaining(tinyModel().sha256) });
  });
});
