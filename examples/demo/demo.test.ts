import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModel, type Tensor } from '@neuron-atlas/onnx';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { activationNames, classNames, convolutionNames, modelFile, parameters } from './model.js';
import { pictureAt } from './pictures/index.js';
import { batchAt } from './training/batch.js';
import { centredStart } from './training/centred-start.js';
import { heldOut } from './training/held-out.js';
import { trainDemo } from './training/train-demo.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const bytes = readFileSync(join(import.meta.dirname, 'demo.onnx'));
const parsed = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'));

describe('demo.onnx', () => {
  it('is small, open in its batch, and names its layers', () => {
    expect(bytes.length).toBeLessThan(1_000_000);
    const { graph, opsets } = readModel(bytes);
    expect(opsets.get('')).toBe(18);
    expect(graph.inputs).toMatchObject([{ name: 'image', shape: ['N', 3, 64, 64] }]);
    expect(graph.outputs).toMatchObject([{ name: 'logits', shape: ['N', 24] }]);
    expect(graph.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining([...convolutionNames, ...activationNames, 'logits']));
    expect([...graph.initializers.keys()].sort()).toEqual(parameters.map(({ name }) => name).sort());
    expect(graph.nodes.every(({ name, outputs }) => outputs.length === 1 && outputs[0] === name)).toBe(true);
  });

  it('is what modelFile makes of its weights', () => {
    expect(Buffer.from(modelFile(readModel(bytes).graph.initializers)).equals(bytes)).toBe(true);
  });

  it('answers about pictures that nobody has shown it as well as its log says', async () => {
    const log = parsed('training-log.json') as { readonly heldOut: { readonly accuracy: Readonly<Record<string, number>> } };
    const { accuracy } = await heldOut(runtime, bytes, { seed: 987_654, pictures: 512, threads: 1 });
    // Four standard errors of a share of 512 pictures, and of the 2,048 of the log.
    for (const [question, share] of Object.entries(log.heldOut.accuracy)) {
      const error = Math.sqrt(share * (1 - share) * (1 / 512 + 1 / 2048));
      expect(Math.abs(accuracy[question]! - share), question).toBeLessThan(4 * error + 2 / 512);
    }
  });

  it('has its logits in the order of classes.json', () => {
    expect(parsed('classes.json')).toMatchObject({ logits: classNames });
    expect(classNames).toHaveLength(24);
    expect(existsSync(join(import.meta.dirname, 'sweep.yaml'))).toBe(true);
  });
});

describe('batchAt', () => {
  it('gives pictures by channel in −1 to 1, with the answers that the painter gives', () => {
    const { image, targets } = batchAt(5, 70, 3);
    expect(image.shape).toEqual([3, 3, 64, 64]);
    const { pixels, shape, texture, colour } = pictureAt(5, 72, 64);
    for (const [channel, y, x] of [[0, 0, 0], [1, 10, 63], [2, 63, 5]] as const) {
      expect(image.data[((2 * 3 + channel) * 64 + y) * 64 + x]).toBeCloseTo((pixels[(y * 64 + x) * 3 + channel]! / 255 - 0.5) / 0.5, 6);
    }
    const answer = (question: string, offset: number): string => classNames[offset + Array.from(targets[question]!.data as Float32Array).slice(16).indexOf(1)]!;
    expect([answer('shape', 0), answer('texture', 8), answer('colour', 16)]).toEqual([`shape:${shape}`, `texture:${texture}`, `colour:${colour}`]);
    for (const { data } of Object.values(targets)) expect((data as Float32Array).reduce((sum, value) => sum + value, 0)).toBe(3);
  });
});

describe('trainDemo', () => {
  const recipe = { seed: 3, steps: 2, batch: 2, learningRate: 0.002, warmUpSteps: 1, weightDecay: 0.1, centringPictures: 4, threads: 1 };
  const trained = async (seed: number): Promise<Buffer> => Buffer.from(modelFile(await trainDemo(runtime, { ...recipe, seed }, () => undefined)));

  it('gives the same file from the same recipe, another from another seed', async () => {
    const first = await trained(3);
    expect((await trained(3)).equals(first)).toBe(true);
    expect((await trained(4)).equals(first)).toBe(false);
  });

  it('stops between two steps when it is told to', async () => {
    const stop = new AbortController();
    await expect(trainDemo(runtime, recipe, () => { stop.abort(new Error('enough')); }, stop.signal)).rejects.toThrow('enough');
  });
});

describe('centredStart', () => {
  it('lets every unit of every convolution begin with mean 0 and variance 1', async () => {
    const drawn = new Map<string, Tensor>(readModel(bytes).graph.initializers);
    const { image } = batchAt(8, 0, 16);
    const weights = await centredStart(runtime, drawn, image, 1);
    await using session = await runtime.load(modelFile(weights, convolutionNames), { threads: 1 });
    const out = await session.run({ image });
    for (const name of convolutionNames) {
      const [rows, units, height, width] = out[name]!.shape as [number, number, number, number];
      for (let unit = 0; unit < units; unit++) {
        const values = Array.from({ length: rows }, (_, row) => Array.from((out[name]!.data as Float32Array).subarray((row * units + unit) * height * width, (row * units + unit + 1) * height * width))).flat();
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(mean, `${name}/${unit}`).toBeCloseTo(0, 3);
        expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length, `${name}/${unit}`).toBeCloseTo(1, 3);
      }
    }
  });
});
