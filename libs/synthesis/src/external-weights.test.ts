import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkGradient } from '@neuron-atlas/autodiff';
import { f32, float, GraphBuilder, int, ints, type Model, readModel, sizeOf, specialize, tensor, type Value, writeModel } from '@neuron-atlas/onnx';
import { loadModelFile, type LoadedModel } from '@neuron-atlas/onnx/node';
import { splitWeights } from '@neuron-atlas/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openProgram, type Ascent } from './ascender.js';
import { compileProgram } from './compile-program.js';
import { createNodeRuntime } from './node.js';
import type { Program } from './program.js';
import { compileProjection } from './projection/compile-projection.js';
import { openProjector } from './projection/projector.js';
import { randomStream } from './random.js';
import { repairModel } from './webgpu/repair-model.js';

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'weights-')); });
afterAll(async () => { await rm(folder, { recursive: true }); });

const side = 20;
const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });

/** Every way in which a program makes weights from weights: folded norms, kernels turned round and in phases, groups, transposed matrices. */
function network(dtype: 'f32' | 'f16' = 'f32'): Uint8Array {
  const { normal } = randomStream(3, 'weights');
  const g = new GraphBuilder({ opset: 18 });
  const drawn = (shape: readonly number[], scale: number, around = 0): Value => {
    const values = Float32Array.from({ length: sizeOf(shape) }, () => around + scale * normal());
    // As float16: the upper half of small numbers' bits does for any of them.
    const half = Uint16Array.from(values, (value) => (value < 0 ? 0x8000 : 0) + Math.min(0x3bff, Math.round(Math.abs(value) * 0x3000)));
    return g.constant(dtype === 'f32' ? tensor('f32', shape, values) : tensor('f16', shape, half), `weights${shape.join('x')}`);
  };
  const conv = (x: Value, name: string, shape: readonly number[], attrs: Parameters<GraphBuilder['emit']>[2], spatial: number): Value =>
    g.emit('Conv', [x, drawn(shape, 1 / Math.sqrt(sizeOf(shape.slice(1))))], attrs, [{ dtype, shape: [1, shape[0]!, spatial, spatial], name }])[0]!;
  const norm = (x: Value, name: string): Value => {
    const stats = [drawn([x.shape[1]!, 1], 0.1, 1), drawn([1, x.shape[1]!], 0.1), drawn([x.shape[1]!, 1, 1], 0.1), drawn([1, 1, x.shape[1]!], 0.05, 1)].map((stat) => g.reshape(stat, [x.shape[1]!]));
    return g.emit('BatchNormalization', [x, ...stats], { epsilon: float(1e-5) }, [{ dtype, shape: x.shape, name }])[0]!;
  };
  const x = g.input('image', dtype, [1, 3, side, side]);
  const one = norm(conv(x, 'conv1', [40, 3, 5, 5], { strides: ints([2, 2]), pads: ints([2, 2, 2, 2]) }, 10), 'one');
  const two = conv(g.relu(one), 'two', [48, 40, 3, 3], { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }, 5);
  const deep = conv(g.relu(two), 'deep', [48, 1, 3, 3], { group: int(48), pads: ints([1, 1, 1, 1]) }, 5);
  const odd = conv(conv(deep, 'six', [6, 48, 1, 1], {}, 5), 'odd', [8, 6, 3, 3], { pads: ints([1, 1, 1, 1]) }, 5); // which WebGPU gets wrong
  const wide = conv(g.concat([deep, g.relu(two), norm(odd, 'normed')], 1), 'wide', [64, 104, 2, 2], { pads: ints([0, 0, 1, 1]) }, 5);
  const grouped = conv(g.relu(wide), 'grouped', [64, 32, 3, 3], { group: int(2), pads: ints([1, 1, 1, 1]) }, 5);
  const turned = g.transpose(drawn([120, 1600], 0.05), [1, 0]);
  const dense = g.emit('MatMul', [g.reshape(g.relu(grouped), [1, 1600]), turned], {}, [{ dtype, shape: [1, 120], name: 'dense' }])[0]!;
  const last = g.emit('Gemm', [g.relu(dense), drawn([6, 120], 0.1)], { transB: int(1) }, [{ dtype, shape: [1, 6], name: 'last' }])[0]!;
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('net', [last]) });
}

/** The first layers of a residual network: a pooled convolution of the image, and a block whose shortcut has its stride. */
function stem(): Uint8Array {
  const { normal } = randomStream(4, 'stem');
  const g = new GraphBuilder({ opset: 18 });
  const conv = (x: Value, name: string, shape: readonly number[], spatial: number, pad: number): Value => {
    const weights = Float32Array.from({ length: sizeOf(shape) }, () => normal() / Math.sqrt(sizeOf(shape.slice(1))));
    return g.emit('Conv', [x, g.constant(tensor('f32', shape, weights), `${name}.weight`)], { strides: ints([2, 2]), pads: ints([pad, pad, pad, pad]) }, [{ dtype: 'f32', shape: [1, shape[0]!, spatial, spatial], name }])[0]!;
  };
  const first = g.relu(conv(g.input('image', 'f32', [1, 3, side, side]), 'first', [64, 3, 7, 7], 10, 3));
  const pooled = g.emit('MaxPool', [first], { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }, [{ dtype: 'f32', shape: [1, 64, 5, 5], name: 'pooled' }])[0]!;
  const block = g.add(conv(pooled, 'block', [64, 64, 3, 3], 3, 1), conv(pooled, 'shortcut', [64, 64, 1, 1], 3, 0));
  const end = conv(g.relu(block), 'end', [8, 64, 3, 3], 2, 1);
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('stem', [end]) });
}

/** The same file read whole, and with all that it can leave in its data file left there. */
async function bothWays(bytes: Uint8Array, name: string): Promise<{ readonly inline: LoadedModel; readonly outside: LoadedModel }> {
  const split = splitWeights(bytes, `${name}.data`);
  const path = join(folder, `${name}.onnx`);
  await Promise.all([writeFile(path, split.bytes), writeFile(join(folder, `${name}.data`), split.data)]);
  return { inline: await loadModelFile(path), outside: await loadModelFile(path, { wholeUpTo: 0, readUpTo: 128 }) };
}

const source = { modelSha256: '0'.repeat(64), input: { name: 'image', shape: [1, 3, side, side] }, preprocess: { mean: [0.5], std: [0.25], range: [0, 1], color: 'RGB' } } as const;
async function climbed(model: Model, layer: string): Promise<{ readonly program: Program; readonly ascents: readonly Ascent[] }> {
  const program = await compileProgram({
    ...source, model, tensor: layer, runtime,
    view: { prior: 'fourier', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 6, size: side, seeds: [0], batch: 3 },
  });
  await using ascender = await openProgram(runtime, program);
  return { program, ascents: await ascender.run({ units: [0, 2, 5], seed: 0, steps: 6, chunk: 3 }) };
}
/** The prior's own tables come to 100 kB, the weights of the network to a megabyte. */
const withoutWeights = 150_000;

describe('a model whose weights lie outside of it', () => {
  it.each(['one', 'two', 'deep', 'wide', 'grouped', 'dense', 'last'])('makes the same pictures for %s, byte for byte', async (layer) => {
    const { inline, outside } = await bothWays(network(), layer);
    const [one, other] = [await climbed(inline.model, layer), await climbed(outside.model, layer)];
    expect(other.ascents.map(({ image }) => image)).toEqual(one.ascents.map(({ image }) => image));
    expect(other.ascents.map(({ trace }) => trace)).toEqual(one.ascents.map(({ trace }) => trace));
    expect(other.ascents.every(({ gradientNorm }) => gradientNorm > 0)).toBe(true);
    expect(one.program.dataFolder).toBeUndefined();
    expect(other.program.dataFolder).toBe(folder);
    expect(other.program.bytes.length).toBeLessThan(withoutWeights);
  });

  it('makes the same pictures where gradients stay in phases', async () => {
    const { inline, outside } = await bothWays(stem(), 'stem');
    const [one, other] = [await climbed(inline.model, 'end'), await climbed(outside.model, 'end')];
    expect(other.ascents.map(({ image }) => image)).toEqual(one.ascents.map(({ image }) => image));
    const inPhases = (bytes: Uint8Array): number => new TextDecoder('latin1').decode(bytes).split('ConvTranspose').length - 1;
    expect([inPhases(one.program.bytes), inPhases(other.program.bytes)]).toEqual([0, 0]);
    expect(one.program.bytes.length - other.program.bytes.length).toBeGreaterThan(2 * 64 * 64 * 9 * 4); // as they are, and turned round
  });

  it('reads none of the large weights while it compiles', async () => {
    const { outside: { model } } = await bothWays(network(), 'unread');
    const sealed = new Map([...model.graph.initializers].map(([name, value]) => [name, sizeOf(value.shape) < 500 ? value
      : { dtype: value.dtype, shape: value.shape, source: value.source!, get data(): never { throw new Error(`${name} was read`); } }]));
    const unread = { ...model, graph: { ...model.graph, initializers: sealed } };
    await climbed(unread, 'last');
    for (const method of ['gradient', 'deconvnet', 'guided'] as const) await compileProjection({ ...source, model: unread, runtime, tensor: 'last', units: 6, method, batch: 1 });
  });

  it('widens float16 weights where they lie', async () => {
    const { inline, outside } = await bothWays(network('f16'), 'half');
    const [one, other] = [await climbed(inline.model, 'last'), await climbed(outside.model, 'last')];
    expect(other.ascents.map(({ image }) => image)).toEqual(one.ascents.map(({ image }) => image));
    expect(other.program.bytes.length).toBeLessThan(withoutWeights);
  });

  it('has gradients that agree with a difference', async () => {
    const { outside } = await bothWays(network(), 'checked');
    const graph = await specialize(outside.model, { input: 'image', shape: [1, 3, side, side], outputs: ['last'], runtime });
    const stream = randomStream(1, 'check');
    expect(await checkGradient(graph, 'last', runtime, () => stream.uniform())).toMatchObject({ agrees: true });
  });

  it('projects the same back to a picture', async () => {
    const { inline, outside } = await bothWays(network(), 'projected');
    const [one, other] = await Promise.all([inline, outside].map(async ({ model }) => {
      await using projector = await openProjector(runtime, await compileProjection({ ...source, model, runtime, tensor: 'grouped', units: 64, method: 'deconvnet', batch: 1 }));
      return await projector.run([{ picture: f32([3, side, side], Array.from({ length: 3 * side * side }, (_, i) => (i % 17) / 17)).data as Float32Array, unit: 3, place: 7 }]);
    }));
    expect(other).toEqual(one);
  });

  it('is repaired for WebGPU in the same places, its weights left where they are', async () => {
    const { inline, outside } = await bothWays(network(), 'repaired');
    const [one, other] = [(await climbed(inline.model, 'wide')).program, (await climbed(outside.model, 'wide')).program];
    const placesIn = (bytes: Uint8Array): readonly string[] => {
      const places: string[] = [];
      readModel(bytes, { external: (location, offset, length = 0) => { places.push(`${location} ${offset} ${length}`); return { kind: 'file', path: location, offset, length, read: () => new Uint8Array(length) }; } });
      return places;
    };
    const repaired = repairModel(other.bytes, other.dataFolder);
    const repairs = (bytes: Uint8Array): number => new TextDecoder('latin1').decode(bytes).split('webgpu/').length;
    expect(repairs(repaired)).toBe(repairs(repairModel(one.bytes)));
    expect(repairs(repaired)).toBeGreaterThan(3);
    expect(placesIn(repaired)).toEqual(placesIn(other.bytes));
    await using session = await runtime.load(repaired, { dataFolder: other.dataFolder });
    expect(session.outputNames).toContain('image');
  });

  it('is written as two files that hold what the one file holds', async () => {
    const { inline, outside } = await bothWays(network(), 'kept');
    const written = join(folder, 'written.onnx');
    const parts: Uint8Array[] = [];
    for await (const chunk of outside.data!.chunks()) parts.push(chunk);
    await Promise.all([writeFile(written, outside.bytes), writeFile(join(folder, outside.data!.name), Buffer.concat(parts))]);
    const again = await loadModelFile(written);
    expect(Buffer.compare(again.bytes, inline.bytes)).toBe(0);
    expect((await loadModelFile(written, { wholeUpTo: 0, readUpTo: 128 })).sha256).toBe(outside.sha256);
    expect(readModel(inline.bytes)).toEqual(again.model);
  });
});
