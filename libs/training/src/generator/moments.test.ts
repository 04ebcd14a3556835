import { randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { discs, smallEncoder } from '../../test/small-encoder.js';
import { cutEncoder, encode } from './encoder.js';
import { codeRange, momentsOver, parseCodeRange, pictureBatch } from './index.js';
import { minibatches } from './minibatches.js';
import { picturesName } from './moments.js';
import { GraphBuilder, writeModel } from '@neuron-atlas/onnx';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const encoder = smallEncoder();
const pictures = discs(11);
const indices = Array.from({ length: 11 }, (_, i) => i);
const moments = await momentsOver(['code'], { runtime, encoder, pictures, indices, batch: 4, threads: 1 });

/** All codes at once, by a graph of their own. */
async function codes(): Promise<Float32Array> {
  const cut = await cutEncoder(encoder, ['code'], 11, runtime);
  const g = new GraphBuilder({ opset: cut.opset });
  const code = encode(g, cut, encoder, g.input('pictures', 'f32', [11, 3, 16, 16]))('code');
  await using session = await runtime.load(writeModel({ irVersion: 10, producer: 'test', opsets: new Map([['', cut.opset]]), functions: [], metadata: new Map(), graph: g.build('codes', [code]) }));
  return (await session.run({ pictures: await pictureBatch(pictures, indices) }))[code.name]!.data as Float32Array;
}

describe('momentsOver', () => {
  it('gives mean, deviation and bounds of every component, a short last batch counted once', async () => {
    const all = await codes();
    const found = moments.get('code')!;
    expect(found.shape).toEqual([4, 8, 8]);
    for (let i = 0; i < 256; i++) {
      const values = indices.map((row) => all[row * 256 + i]!);
      const mean = values.reduce((a, b) => a + b) / 11;
      expect(found.mean[i]).toBeCloseTo(mean, 5);
      expect(found.deviation[i]).toBeCloseTo(Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 11), 3);
      expect([found.lowest[i], found.highest[i]]).toEqual([Math.min(...values), Math.max(...values)]);
    }
    expect(moments.get(picturesName)!.mean[0]).toBeCloseTo(128 / 255, 5);
  });
});

describe('codeRange', () => {
  const range = codeRange(moments.get('code')!, { encoder: 'abc', layer: 'code', pictures: 11 });

  it('is 0 to mean + 3σ for a rectified code, mean ± 3σ for another', () => {
    expect(range).toMatchObject({ rectified: true, shape: [4, 8, 8], sigmas: 3 });
    range.upper.forEach((upper, i) => { expect(upper).toBeCloseTo(range.mean[i]! + 3 * range.std[i]!, 4); expect(range.lower[i]).toBe(0); });
    const plain = codeRange({ shape: [2], mean: Float64Array.of(1, -1), deviation: Float64Array.of(2, 0.5), lowest: Float64Array.of(-3, -2), highest: Float64Array.of(5, 0) }, { encoder: 'abc', layer: 'x', pictures: 2, sigmas: 2 });
    expect(plain).toMatchObject({ rectified: false, lower: [-3, -2], upper: [5, 0] });
  });

  it('comes back from its file, and refuses everything else with the reason', () => {
    expect(parseCodeRange(JSON.stringify(range))).toEqual(range);
    for (const [text, reason] of [['{', 'not JSON'], ['{}', 'format 1'], [JSON.stringify({ ...range, mean: [1] }), 'mean'], [JSON.stringify({ ...range, lower: range.upper.map((value) => value + 1) }), 'lower bound']] as const) {
      expect(() => parseCodeRange(text)).toThrow(expect.objectContaining({ code: 'TRAINING_CODE_RANGE_MALFORMED', message: expect.stringContaining(reason) }));
    }
  });
});

describe('minibatches', () => {
  const order = () => minibatches([3, 5, 8, 9, 12], { flip: true, shift: 2 }, (purpose) => randomStream(1, purpose));

  it('has every picture once in each turn, in another order', () => {
    const turns = Array.from({ length: 3 }, (_, turn) => order().take(5 * turn, 5).indices);
    for (const turn of turns) expect([...turn].sort((a, b) => a - b)).toEqual([3, 5, 8, 9, 12]);
    expect(new Set(turns.map(String)).size).toBeGreaterThan(1);
  });

  it('does not depend on how it is cut into batches', () => {
    const whole = order().take(0, 12), parts = order();
    const pieces = [parts.take(0, 5), parts.take(5, 1), parts.take(6, 6)];
    expect(pieces.flatMap(({ indices: own }) => own)).toEqual(whole.indices);
    expect(pieces.flatMap(({ placements }) => placements)).toEqual(whole.placements);
    expect(whole.placements.some(({ flipped }) => flipped)).toBe(true);
    expect(whole.placements.every(({ right, down }) => Math.abs(right) <= 2 && Math.abs(down) <= 2)).toBe(true);
  });
});

describe('pictureBatch', () => {
  it('moves and mirrors a picture, its edge repeated', async () => {
    const set = { count: 1, size: 2, channels: 1, at: () => Uint8Array.of(0, 51, 102, 255) };
    const at = async (flipped: boolean, right: number, down: number): Promise<number[]> => Array.from((await pictureBatch(set, [0], [{ flipped, right, down }])).data as Float32Array, (value) => Math.round(255 * value));
    expect(await at(false, 0, 0)).toEqual([0, 51, 102, 255]);
    expect(await at(true, 0, 0)).toEqual([51, 0, 255, 102]);
    expect(await at(false, 1, 0)).toEqual([0, 0, 102, 102]);
    expect(await at(false, 0, -1)).toEqual([102, 255, 102, 255]);
  });
});
