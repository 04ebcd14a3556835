import { f32, GraphBuilder, int, ints, type Model, type Runtime, sizeOf, specialize, type Value } from '@neuron-atlas/onnx';
import { seeded } from '@neuron-atlas/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileActivationMap } from './activation-map.js';
import { type Borders, withBorders } from './borders.js';
import { compileProgram } from './compile-program.js';
import { openProgram } from './ascender.js';
import { createNodeRuntime } from './node.js';

const plain = { mean: [0], std: [1], range: [0, 1], color: 'L' } as const;
let runtime: Runtime;
beforeAll(async () => { runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 }); });

const random = seeded(9);
const noise = (shape: readonly number[]): Float32Array => Float32Array.from({ length: sizeOf(shape) }, () => random() - 0.5);

/** Strided, unpadded, padded and pooled; everything before the end of it can go round. */
function network(): { readonly model: Model; readonly tensor: string } {
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('x', 'f32', [1, 1, 24, 24]);
  const w = (shape: readonly number[]): Value => g.constant(f32(shape, noise(shape)));
  const stem = g.relu(g.conv(x, w([4, 1, 3, 3]), undefined, { strides: [2, 2] }));
  const pool = g.emit('MaxPool', [stem], { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) }, [{ dtype: 'f32', shape: [1, 4, 5, 5] }])[0]!;
  const wide = g.relu(g.conv(pool, w([5, 4, 5, 5]), undefined, { pads: [2, 2, 2, 2] }));
  const last = g.add(wide, g.conv(g.pad(wide, [0, 0, 1, 1, 0, 0, 1, 1]), w([5, 5, 3, 3])));
  const graph = g.build('net', [last]);
  return { model: { irVersion: 10, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: { ...graph, inputs: [{ name: 'x', dtype: 'f32', shape: [1, 1, null, null] }] } }, tensor: last.name };
}
const { model, tensor } = network();
const mapOf = (size: number, borders: Borders): ReturnType<typeof compileActivationMap> =>
  compileActivationMap({ model, runtime, tensor, input: 'x', shape: [1, size, size], preprocess: plain, borders });

const shifted = (picture: Float32Array, size: number, by: number): Float32Array =>
  picture.map((_, i) => picture[((Math.floor(i / size) + by) % size) * size + ((i % size) + by) % size]!);

describe('withBorders', () => {
  it('on a torus moves the answer with the picture, round the edge', async () => {
    await using map = await mapOf(24, 'torus');
    expect(map.shape).toEqual([1, 5, 6, 6]);
    const picture = noise([24, 24]);
    const [before, after] = [await map.run(picture), await map.run(shifted(picture, 24, 8))];
    // 8 pixels are 2 places.
    after.forEach((value, i) => {
      const [unit, y, x] = [Math.floor(i / 36), Math.floor(i / 6) % 6, i % 6];
      expect(value).toBeCloseTo(before[(unit * 6 + ((y + 2) % 6)) * 6 + ((x + 2) % 6)]!, 5);
    });
  });

  it('on a torus answers as the model does in the middle of the picture, repeated', async () => {
    const picture = noise([24, 24]);
    const wide = Float32Array.from({ length: 96 * 96 }, (_, i) => picture[(Math.floor(i / 96) % 24) * 24 + (i % 24)]!);
    await using torus = await mapOf(24, 'torus');
    await using large = await mapOf(96, 'model');
    const [small, big] = [await torus.run(picture), await large.run(wide)];
    const columns = large.shape[3]!;
    for (let unit = 0; unit < 5; unit++) for (let y = 0; y < 6; y++) for (let x = 0; x < 6; x++) {
      expect(small[(unit * 6 + y) * 6 + x]).toBeCloseTo(big[(unit * columns + y + 6) * columns + x + 6]!, 4);
    }
  });

  it.each(['reflect', 'replicate'] as const)('changes only what sees a border: %s', async (borders) => {
    await using other = await mapOf(64, borders);
    await using own = await mapOf(64, 'model');
    expect(other.shape).toEqual(own.shape);
    const picture = noise([64, 64]);
    const [a, b] = [await other.run(picture), await own.run(picture)];
    const side = own.shape[2]!;
    const differs = [...a].map((value, i) => Math.abs(value - b[i]!) > 1e-5 && i < side * side ? [Math.floor(i / side), i % side] : undefined).filter((place) => place !== undefined);
    expect(differs.length).toBeGreaterThan(side);
    expect(differs.every(([y, x]) => Math.min(y!, x!, side - 1 - y!, side - 1 - x!) <= 2)).toBe(true);
  });

  it('says which operator a torus ends at', async () => {
    const cut = await specialize(model, { input: 'x', shape: [1, 1, 26, 26], outputs: [tensor], runtime });
    expect(() => withBorders(cut, 'torus')).toThrow(expect.objectContaining({ code: 'SYNTHESIS_NO_TORUS', message: expect.stringContaining('MaxPool') as string }));
  });
});

describe('an ascent on a torus', () => {
  it('scores any shift of its picture round the edge alike', async () => {
    const view = { prior: 'fourier', priorParams: {}, transforms: [{ name: 'jitter', params: { pixels: 3 } }], objective: 'channel', objectiveParams: {}, steps: 8, size: 24, seeds: [0], learningRate: 0.05, batch: 1 };
    const program = await compileProgram({ model, modelSha256: 'test', tensor, view, preprocess: plain, input: { name: 'x', shape: [1, 1, 24, 24] }, runtime, borders: 'torus' });
    await using ascender = await openProgram(runtime, program);
    const [ascent] = await ascender.run({ units: [1], seed: 0, steps: 8, chunk: 8 });
    expect(ascent!.image).toHaveLength(24 * 24);
    expect(ascent!.score).toBeGreaterThan(ascent!.scoreStart);
    await using map = await mapOf(24, 'torus');
    const mean = async (picture: Float32Array): Promise<number> => (await map.run(picture)).slice(36, 72).reduce((sum, value) => sum + value / 36, 0);
    expect(await mean(ascent!.image)).toBeCloseTo(ascent!.score, 4);
    expect(await mean(shifted(ascent!.image, 24, 12))).toBeCloseTo(ascent!.score, 4);
  });
});
