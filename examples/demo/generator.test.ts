import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readModel } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { parseCodeRange } from '@neuron-atlas/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { ascend, shippedRate, toBytes } from './experiments/ascend.js';
import { logitsFor } from './experiments/classifier.js';
import { largest, naturalPictures } from './experiments/natural.js';
import { classNames, modelFile } from './model.js';
import { heldOutSeed } from './training/train-demo.js';
import { imagesOf } from './training/batch.js';

const file = (name: string): Promise<Buffer> => readFile(join(import.meta.dirname, name));
const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
let [model, generator, range] = [Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0)];
beforeAll(async () => { [model, generator, range] = await Promise.all([file('demo.onnx'), file('generator/generator.onnx'), file('generator/code-range.json')]) as [Buffer<ArrayBuffer>, Buffer<ArrayBuffer>, Buffer<ArrayBuffer>]; });

describe('the generator of the demo network', () => {
  it('was made for this network, as its range was', async () => {
    const sha256 = createHash('sha256').update(model).digest('hex');
    const { metadata } = readModel(generator, { name: 'generator.onnx' });
    expect([metadata.get('neuron-atlas.encoder'), metadata.get('neuron-atlas.code')]).toEqual([sha256, 'conv4']);
    expect(parseCodeRange(range.toString())).toMatchObject({ encoder: sha256, layer: 'conv4', shape: [64, 16, 16], rectified: false });
    const record = JSON.parse((await file('generator/training-record.json')).toString()) as { identity: string; files: { generator: { sha256: string } } };
    expect(record.files.generator.sha256).toBe(createHash('sha256').update(generator).digest('hex'));
    expect(record.identity).toBe(metadata.get('neuron-atlas.training'));
  });

  it('gives back pictures that it never saw, so that the network still sees the same in most of them', async () => {
    const pictures = naturalPictures(64).map(({ pixels }) => pixels);
    await using encoder = await runtime.load(modelFile(readModel(model, { name: 'demo.onnx' }).graph.initializers, ['conv4']), { threads: 1 });
    await using decoder = await runtime.load(generator, { threads: 1 });
    const { conv4 } = await encoder.run({ image: imagesOf(pictures) });
    const { image } = await decoder.run({ code: conv4! });
    const size = image!.data.length / pictures.length;
    const again = pictures.map((_, row) => toBytes((image!.data as Float32Array).slice(row * size, (row + 1) * size)));
    const [before, after] = [await logitsFor(runtime, model, pictures, 1), await logitsFor(runtime, model, again, 1)];
    const top = (row: Float32Array): number => row.indexOf(Math.max(...row));
    expect(before.filter((row, i) => top(row) === top(after[i]!)).length).toBeGreaterThan(0.8 * pictures.length);
  });

  it('lets an ascent raise colours beyond most natural pictures', async () => {
    const units = [16, 19, 20, 21].map((unit) => { expect(classNames[unit]).toMatch(/^colour:/); return unit; });
    const context = { runtime, threads: 1, model, generator: { file: generator, range }, seed: 1, effort: 1, note: () => undefined, judges: new Map() };
    const pictures = await ascend(context, { model, units, generator: context.generator, learningRate: shippedRate, seed: heldOutSeed(1) });
    const natural = largest(await logitsFor(runtime, model, naturalPictures(64).map(({ pixels }) => pixels), 1));
    const rows = await logitsFor(runtime, model, pictures, 1);
    for (const [at, unit] of units.entries()) expect(rows[at]![unit]!, classNames[unit]).toBeGreaterThan(0.8 * natural[unit]!);
  });
});
