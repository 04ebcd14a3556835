import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { f32, GraphBuilder, readModel as parseModel, sizeOf, toNumbers, writeModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { splitWeights } from '@neuron-atlas/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeStore } from './fake-world.fixture.js';
import { readModel, type ModelReading } from './read-model.js';
import { storeModel } from './store-model.js';

const reading: ModelReading = { runtime: () => createNodeRuntime({ provider: 'cpu', threads: 1 }), openStore: () => Promise.reject(new Error('no store')) };
const { signal } = new AbortController();
const filled = (shape: readonly number[]) => f32(shape, Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)));

/** conv(x · mask) · gain: two pictures by their shapes, one of which is a mask. */
function masked(): Uint8Array {
  const g = new GraphBuilder({ opset: 18 });
  const [mask, x, gain] = [g.input('mask', 'f32', [1, 1, 8, 8]), g.input('x', 'f32', [1, 3, 8, 8]), g.input('gain', 'f32', [1])];
  const y = g.mul(g.conv(g.mul(x, mask), g.constant(filled([4, 3, 3, 3]), 'first.weight')), gain);
  return writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('masked', [g.conv(y, g.constant(filled([2, 4, 1, 1]), 'second.weight'))]) });
}

describe('readModel', () => {
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'read-model-'));
    path = join(folder, 'masked.onnx');
    await writeFile(path, masked());
  });
  afterAll(async () => { await rm(folder, { recursive: true }); });

  it('reads a model of several inputs with constants for those that are not the picture, which are then inside it', async () => {
    const { facts, content, blocks } = await readModel(path, { mask: 1, gain: [0.5] }, reading, signal);
    expect(facts.input).toEqual({ name: 'x', shape: [1, 3, 8, 8] });
    expect(facts.layers.map(({ id, shape }) => [id, shape])).toEqual([['first', [1, 4, 6, 6]], ['second', [1, 2, 6, 6]]]);
    expect(blocks).toEqual([]);
    expect(facts.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    const { inputs, initializers } = parseModel(content).graph;
    expect(inputs.map(({ name }) => name)).toEqual(['x']);
    expect(toNumbers(initializers.get('gain')!)).toEqual([0.5]);
    expect(initializers.get('mask')!.shape).toEqual([1, 1, 8, 8]);
  });

  it('puts a model that does not fit into one file into the output as two, with the constants inside', async () => {
    const { bytes, data } = splitWeights(masked(), 'masked.bin');
    await Promise.all([writeFile(join(folder, 'two.onnx'), bytes), writeFile(join(folder, 'masked.bin'), data)]);
    const report = await readModel(join(folder, 'two.onnx'), { mask: 1, gain: [0.5] }, { ...reading, limits: { wholeUpTo: 0, readUpTo: 16 } }, signal);
    const store = fakeStore('/out');
    await storeModel(store, report, new Map(), signal);
    expect([...store.objects.keys()]).toEqual([`model/${report.data!.name}`, `model/${report.facts.sha256}.onnx`]);
    for (const [key, content] of store.objects) expect(key).toContain(createHash('sha256').update(content).digest('hex'));
    expect(report.facts.bytes).toBe(report.content.length + report.data!.sizeBytes);
    const stored = parseModel(store.objects.get(`model/${report.facts.sha256}.onnx`)!, {
      external: (location, offset, length) => store.objects.get(`model/${location}`)!.slice(offset, offset + length!),
    });
    const inline = await readModel(path, { mask: 1, gain: [0.5] }, reading, signal);
    expect(stored).toEqual(parseModel(inline.content));
  });

  it('is another model with other constants, and the file as it lies without any', async () => {
    const [one, other] = await Promise.all([1, 2].map((gain) => readModel(path, { mask: 1, gain }, reading, signal)));
    expect(one!.facts.sha256).not.toBe(other!.facts.sha256);
    await expect(readModel(path, {}, reading, signal)).rejects.toMatchObject({ code: 'ONNX_OPEN_INPUT' });
    await expect(readModel(path, { mask: 1, gian: 2 }, reading, signal)).rejects.toMatchObject({ code: 'ONNX_NO_SUCH_VALUE' });
  });
});
