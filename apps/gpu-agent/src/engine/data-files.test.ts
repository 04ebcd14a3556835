import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSynthesis, type SynthesisRow } from '@neuron-atlas/atlas';
import { openStore, type BlobStore } from '@neuron-atlas/blobs';
import { GraphBuilder, readModel, sizeOf, tensor, writeModel, type Runtime, type Value } from '@neuron-atlas/onnx';
import { loadModelFile, type LoadedModel } from '@neuron-atlas/onnx/node';
import { builtinPlugins, randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { splitWeights } from '@neuron-atlas/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tinyPlan } from '../tiny-sweep.fixture.js';
import { createEngine } from './engine.js';
import { ModelCache } from './model-cache.js';

const size = 16;
const never = new AbortController().signal;
const cpu = await createNodeRuntime({ provider: 'cpu' });
let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'data-files-')); });
afterEach(async () => { await rm(folder, { recursive: true, force: true }); });

/** conv(3→48) + ReLU, conv(48→48) of 83 kB: more than comes into memory at once. */
function network(): Uint8Array {
  const { normal } = randomStream(5, 'data files');
  const g = new GraphBuilder({ opset: 18 });
  const conv = (x: Value, name: string, inputs: number): Value => {
    const shape = [48, inputs, 3, 3];
    const weights = g.constant(tensor('f32', shape, Float32Array.from({ length: sizeOf(shape) }, () => 0.2 * normal())), `${name}.weight`);
    return g.emit('Conv', [x, weights], { pads: { type: 'ints', value: [1, 1, 1, 1] } }, [{ dtype: 'f32', shape: [1, 48, size, size], name }])[0]!;
  };
  const second = conv(g.relu(conv(g.input('image', 'f32', [1, 3, size, size]), 'first', 3)), 'Second', 48);
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('net', [second]) });
}

/** The network in one file or in two, in an output of its own as `submit` puts it there. */
async function stored(name: string, wholeUpTo?: number): Promise<{ readonly model: LoadedModel; readonly store: BlobStore; readonly output: string }> {
  const split = splitWeights(network(), 'weights.bin');
  await Promise.all([writeFile(join(folder, 'net.onnx'), split.bytes), writeFile(join(folder, 'weights.bin'), split.data)]);
  const model = await loadModelFile(join(folder, 'net.onnx'), wholeUpTo === undefined ? {} : { wholeUpTo });
  const output = join(folder, name);
  const store = await openStore(output);
  if (model.data !== undefined) await store.putLarge(`model/${model.data.name}`, { bytes: model.data.sizeBytes, chunks: model.data.chunks });
  await store.put(`model/${model.sha256}.onnx`, model.bytes);
  // Agents know the store alone.
  await Promise.all([rm(join(folder, 'net.onnx')), rm(join(folder, 'weights.bin'))]);
  return { model, store, output };
}

async function made({ model, output }: { readonly model: LoadedModel; readonly output: string }, cacheDir: string): Promise<{ readonly rows: readonly SynthesisRow[]; readonly loaded: readonly Uint8Array[] }> {
  const loaded: Uint8Array[] = [];
  const runtime: Runtime = { ...cpu, load: (bytes, options) => { loaded.push(bytes); return cpu.load(bytes, options); } };
  const scratchDir = await mkdtemp(join(folder, 'scratch-'));
  const engine = createEngine({ runtime, plugins: builtinPlugins, device: 'test', version: '0.0.0', setup: { provider: 'cpu', threads: 1, plugins: { packages: [], from: '.' }, cacheDir, scratchDir } });
  const plan = { ...tinyPlan(output), modelSha256: model.sha256, layers: [{ ...tinyPlan(output).layers[1]!, units: 48, shape: [1, 48, size, size] }] };
  const { parts } = await engine.run({ task: { seq: 0, stage: 'synthesis', layer: 'Second', unitStart: 0, unitEnd: 4, view: 0, cost: 1, sweepId: 's', plan }, manifest: [], failures: [] }, () => undefined, never);
  return { rows: await readSynthesis(parts[0]!.path, await readFile(parts[0]!.path)), loaded };
}

describe('a model whose weights lie in a file beside it', () => {
  it('is swept to the same pictures, by programs that have no weights, also from the cache', async () => {
    const [one, two] = [await stored('one'), await stored('two', 0)];
    const inline = await made(one, join(folder, 'cache-one'));
    const outside = await made(two, join(folder, 'cache-two'));
    const again = await made(two, join(folder, 'cache-two'));
    for (const { rows } of [outside, again]) expect(rows.map(({ unit, seed, score, image }) => [unit, seed, score, image])).toEqual(inline.rows.map(({ unit, seed, score, image }) => [unit, seed, score, image]));
    const weights = 48 * 48 * 9 * 4;
    const [whole, without, cached] = [inline, outside, again].map(({ loaded }) => loaded.at(-1)!.length) as [number, number, number];
    expect(whole - without).toBeGreaterThan(2 * weights - 10_000); // as they are, and turned round
    expect(cached).toBe(without);
    expect(again.loaded).toHaveLength(1);
    expect((await readdir(join(folder, 'cache-two', 'models'))).sort()).toEqual([`${two.model.sha256}.onnx`, two.model.data!.name].sort());
  });

  it('is two files of the output that stand for each other by their names', async () => {
    const { model, output } = await stored('out', 0);
    const files = new Map(await Promise.all((await readdir(join(output, 'model'))).map(async (name) => [name, await readFile(join(output, 'model', name))] as const)));
    for (const [name, content] of files) expect(createHash('sha256').update(content).digest('hex')).toBe(name.split('.')[0]);
    expect([...files.keys()].sort()).toEqual([`${model.sha256}.onnx`, model.data!.name].sort());
    expect(files.get(`${model.sha256}.onnx`)!.includes(model.data!.name)).toBe(true);
    expect((await loadModelFile(join(output, 'model', `${model.sha256}.onnx`))).model.graph.initializers.get('Second.weight')).toEqual(readModel(network()).graph.initializers.get('Second.weight'));
  });

  it('is fetched anew where its file in the cache is gone or damaged, and trimmed like any other, but for the one in use', async () => {
    const { model, store } = await stored('out', 0);
    const cacheDir = join(folder, 'cache');
    const data = join(cacheDir, 'models', model.data!.name);
    const weightsOf = async (cache: ModelCache): Promise<unknown> => (await cache.get(store, model.sha256, never)).graph.initializers.get('Second.weight')!.data;
    const cache = new ModelCache(cacheDir, 1000);
    const expected = await weightsOf(cache);
    expect((await stat(data)).size).toBe(model.data!.sizeBytes);
    await rm(data);
    expect(await weightsOf(cache)).toEqual(expected);
    await truncate(data, 5000);
    expect(await weightsOf(new ModelCache(cacheDir, 1000))).toEqual(expected);
    await writeFile(`${data}.new`, new Uint8Array(model.data!.sizeBytes));
    await rename(`${data}.new`, data);
    expect(await weightsOf(cache)).toEqual(expected);
    await writeFile(join(cacheDir, 'models', 'old.onnx'), 'x');
    await rm(data);
    await weightsOf(new ModelCache(cacheDir, 1000));
    expect((await readdir(join(cacheDir, 'models'))).sort()).toEqual([`${model.sha256}.onnx`, model.data!.name].sort());
  });

  it('is refused where the store has other weights, or none', async () => {
    const { model, store } = await stored('out', 0);
    const key = `model/${model.data!.name}`;
    await store.put(key, new Uint8Array(model.data!.sizeBytes));
    const actual = createHash('sha256').update(new Uint8Array(model.data!.sizeBytes)).digest('hex');
    await expect(new ModelCache(join(folder, 'a')).get(store, model.sha256, never)).rejects.toMatchObject({ code: 'AGENT_MODEL_CHANGED', details: { key, expected: model.data!.sha256, actual } });
    expect(await readdir(join(folder, 'a', 'models'))).toEqual([`${model.sha256}.onnx`]);
    await store.delete(key);
    await expect(new ModelCache(join(folder, 'b')).get(store, model.sha256, never)).rejects.toMatchObject({ code: 'BLOBS_NOT_FOUND', details: { key } });
  });

  it('is refused where its weights have another name than their content', async () => {
    const { bytes } = splitWeights(network(), 'weights.bin');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const store = await openStore(join(folder, 'out'));
    await store.put(`model/${sha256}.onnx`, bytes);
    await expect(new ModelCache(join(folder, 'cache')).get(store, sha256, never)).rejects.toMatchObject({ code: 'AGENT_FOREIGN_DATA', details: { location: 'weights.bin' } });
  });
});
