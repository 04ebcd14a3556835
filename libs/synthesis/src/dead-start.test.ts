import { f32, GraphBuilder, type Model, readModel, writeModel } from '@neuron-atlas/onnx';
import type { SynthesisView } from '@neuron-atlas/spec';
import { describe, expect, it } from 'vitest';
import { type Ascent, openProgram } from './ascender.js';
import { compileProgram } from './compile-program.js';
import { createNodeRuntime } from './node.js';
import { programKey, type ProgramSource } from './program.js';
import { randomStream } from './random.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const size = 8;

/** A rectified convolution with so low a bias that no grey or noisy picture opens it, and a convolution behind it. */
function shutNetwork(): Model {
  const { normal } = randomStream(4, 'weights');
  const g = new GraphBuilder({ opset: 18 });
  const weights = (shape: readonly number[]): ReturnType<GraphBuilder['constant']> => g.constant(f32(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.3 * Math.abs(normal()))), `w${shape.join('_')}`);
  const shut = g.relu(g.conv(g.input('image', 'f32', [1, 3, size, size]), weights([4, 3, 3, 3]), g.constant(f32([4], [-4, -4, -4, -4]), 'bias')));
  const out = g.emit('Conv', [shut, weights([2, 4, 3, 3])], {}, [{ dtype: 'f32', shape: [1, 2, 4, 4], name: 'out' }])[0]!;
  return readModel(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('shut', [out]) }));
}
const source = (given: Partial<SynthesisView>): ProgramSource => ({
  modelSha256: '0'.repeat(64), tensor: 'out', input: { name: 'image', shape: [1, 3, size, size] }, preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], range: [0, 1], color: 'RGB' },
  view: { prior: 'pixels', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 60, size, seeds: [0], batch: 2, transforms: [], regularisers: [], learningRate: 0.1, ...given },
});
async function climb(given: Partial<SynthesisView>): Promise<readonly Ascent[]> {
  await using ascender = await openProgram(runtime, await compileProgram({ ...source(given), model: shutNetwork(), runtime }));
  return await ascender.run({ units: [0, 1], seed: 0, steps: 60, chunk: 16 });
}

describe('units that are dead at the start', () => {
  it('stay where they are', async () => {
    for (const { gradientNorm, scoreStart, score } of await climb({})) expect([gradientNorm, score]).toEqual([0, scoreStart]);
  });

  it('climb where rectifiers that block all let through what would open them', async () => {
    for (const { gradientNorm, scoreStart, scoreLast } of await climb({ letThrough: 60 })) {
      expect(gradientNorm).toBeGreaterThan(0);
      expect(scoreLast).toBeGreaterThan(scoreStart + 1);
    }
  });

  it('climb no further once that is over, if they are still shut', async () => {
    const [after] = await climb({ letThrough: 1 });
    expect(after!.gradientNorm).toBeGreaterThan(0);
    expect(after!.scoreLast).toBe(after!.scoreStart);
  });

  it('make another program, and say so in what is known of it', async () => {
    const { meta } = await compileProgram({ ...source({ letThrough: 16 }), model: shutNetwork(), runtime });
    expect(meta.recipe.letThrough).toBe(16);
    const keys = await Promise.all([{}, { letThrough: 16 }, { letThrough: 17 }].map((given) => programKey(source(given), 'runtime')));
    expect(new Set(keys).size).toBe(3);
  });
});
