import { f32, GraphBuilder, type Model, readModel, tensor, writeModel } from '@neuron-atlas/onnx';
import type { SynthesisView } from '@neuron-atlas/spec';
import { describe, expect, it } from 'vitest';
import { compileActivationMap } from './activation-map.js';
import { openProgram, type Ascent } from './ascender.js';
import { compileProgram } from './compile-program.js';
import { createNodeRuntime } from './node.js';
import { randomStream } from './random.js';

// A unit that answers to one 7 × 7 pattern of white and black, seen in the middle of a picture of 21 × 21.

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const [side, size, place] = [7, 21, 7];
const { uniform } = randomStream(3, 'pattern');
const pattern = Float32Array.from({ length: side * side }, () => (uniform() < 0.5 ? -1 : 1));
const preprocess = { mean: [0.4, 0.5, 0.6], std: [0.25, 0.25, 0.25], range: [0, 1], color: 'RGB' } as const;

function network(channels = 3): Model {
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('image', 'f32', [1, channels, size, size]);
  const weights = Float32Array.from({ length: channels * side * side }, (_, i) => pattern[i % pattern.length]!);
  const out = g.emit('Conv', [x, g.constant(tensor('f32', [1, channels, side, side], weights), 'pattern'), g.constant(f32([1], [0]), 'bias')], {}, [{ dtype: 'f32', shape: [1, 1, 15, 15], name: 'unit' }])[0]!;
  return readModel(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('net', [g.relu(out)]) }));
}

const source = (given: Partial<SynthesisView>, channels = 3) => ({
  modelSha256: '0'.repeat(64), tensor: 'unit', input: { name: 'image', shape: [1, channels, size, size] }, preprocess: channels === 3 ? preprocess : { ...preprocess, mean: [0.4], std: [0.25], color: 'L' as const },
  view: { prior: 'fourier', priorParams: { alpha: 1 }, objective: 'neuron', objectiveParams: { y: place, x: place }, steps: 200, size, seeds: [0], transforms: [], regularisers: [], batch: 1, ...given } satisfies SynthesisView,
});
async function climb(given: Partial<SynthesisView>, channels = 3): Promise<Ascent> {
  const what = source(given, channels);
  await using ascender = await openProgram(runtime, await compileProgram({ ...what, model: network(channels), runtime }));
  return (await ascender.run({ units: [0], seed: 0, steps: what.view.steps, chunk: 50 }))[0]!;
}
/** Mean opacity where the unit looks, and elsewhere. */
function opacities({ image, channels }: Ascent): readonly [number, number] {
  const sums = [0, 0];
  for (let i = 0; i < size * size; i++) {
    const inside = [Math.floor(i / size), i % size].every((at) => at >= place && at < place + side);
    sums[inside ? 0 : 1]! += image[(channels - 1) * size * size + i]!;
  }
  return [sums[0]! / side ** 2, sums[1]! / (size ** 2 - side ** 2)];
}

describe('pictures with an alpha channel', () => {
  it.each(['fourier', 'pixels', 'pyramid'])('are opaque where the unit looks and transparent elsewhere, by the prior %s', async (prior) => {
    const ascent = await climb({ prior, steps: 300, learningRate: 0.1 });
    expect(ascent.channels).toBe(4);
    const [inside, elsewhere] = opacities(ascent);
    expect(inside).toBeGreaterThan(0.8);
    expect(elsewhere).toBeLessThan(0.2);
  });

  it('are more opaque where the unit looks, by the prior cppn, whose shapes are smooth', async () => {
    const [inside, elsewhere] = opacities(await climb({ prior: 'cppn', steps: 300, learningRate: 0.005 }));
    expect(inside).toBeGreaterThan(elsewhere + 0.3);
  });

  it('are scored on the colour that the model sees as zero', async () => {
    const ascent = await climb({ steps: 40 });
    const neutral = [0.4, 0.5, 0.6];
    const plane = size * size;
    const flat = Float32Array.from({ length: 3 * plane }, (_, i) => {
      const opacity = ascent.image[3 * plane + (i % plane)]!;
      return opacity * ascent.image[i]! + (1 - opacity) * neutral[Math.floor(i / plane)]!;
    });
    await using map = await compileActivationMap({ model: network(), runtime, tensor: 'unit', input: 'image', shape: [3, size, size], preprocess });
    expect(ascent.score).toBeCloseTo((await map.run(flat))[place * 15 + place]!, 3);
  });

  it('lie on another background at each step: the scores on the way scatter, those without do not', async () => {
    const roughness = ({ trace }: Ascent): number => trace.slice(2).reduce((sum, value, i) => sum + Math.abs(value - 2 * trace[i + 1]! + trace[i]!), 0);
    // Steps of next to no length: all that changes is the background.
    const still = { steps: 20, learningRate: 1e-6 };
    expect(roughness(await climb(still))).toBeGreaterThan(1);
    expect(roughness(await climb({ ...still, priorParams: {} }))).toBeLessThan(1e-2);
  });

  it('may be grey, and are the same from the same seed however the ascent is cut', async () => {
    const what = source({ steps: 12 }, 1);
    const program = await compileProgram({ ...what, model: network(1), runtime });
    await using ascender = await openProgram(runtime, program);
    const [once] = await ascender.run({ units: [0], seed: 4, steps: 12, chunk: 12 });
    const [again] = await ascender.run({ units: [0], seed: 4, steps: 12, chunk: 5 });
    expect(once!.channels).toBe(2);
    expect(again!.image).toEqual(once!.image);
  });

  it('cost the score what is asked of their opacity: a tenth of the price leaves more of them', async () => {
    const [dear, cheap] = [await climb({ priorParams: { alpha: 1 }, steps: 60 }), await climb({ priorParams: { alpha: 0.1 }, steps: 60 })];
    expect(opacities(cheap)[1]).toBeGreaterThan(opacities(dear)[1]);
  });
});
