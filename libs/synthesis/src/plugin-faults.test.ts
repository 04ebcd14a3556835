import { f32, GraphBuilder, type Model, readModel, writeModel } from '@neuron-atlas/onnx';
import { defineObjective } from '@neuron-atlas/objectives';
import { nonNegative } from '@neuron-atlas/plugins';
import { definePrior, type Prior } from '@neuron-atlas/priors';
import type { SynthesisView } from '@neuron-atlas/spec';
import { describe, expect, it } from 'vitest';
import { openProgram, type Ascent } from './ascender.js';
import { compileProgram } from './compile-program.js';
import { createNodeRuntime } from './node.js';
import { createPlugins } from './plugins.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });

function model(): Model {
  const g = new GraphBuilder({ opset: 18 });
  const x = g.input('image', 'f32', [1, 3, 4, 4]);
  const out = g.emit('Conv', [x, g.constant(f32([2, 3, 4, 4], new Float32Array(96).fill(0.1)), 'w')], {}, [{ dtype: 'f32', shape: [1, 2, 1, 1], name: 'unit' }])[0]!;
  return readModel(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('net', [out]) }));
}

const sound = definePrior({
  name: 'theirs', version: 1, summary: '', source: '', params: { sd: nonNegative(0.1, 'Noise.') }, recipe: {}, space: 'picture',
  latent: ({ canvas: { batch, channels, height, width } }) => [batch, channels, height, width],
  build: ({ g, latent }) => g.sigmoid(latent),
  init: ({ size, normal, params }) => Float32Array.from({ length: size }, () => params.sd * normal()),
}) as unknown as Prior;

async function climb(prior: Prior, given: Partial<SynthesisView> = {}, objective?: Parameters<typeof defineObjective>[0]): Promise<Ascent> {
  const plugins = createPlugins({ priors: [prior], objectives: objective === undefined ? [] : [objective] });
  const view: SynthesisView = { prior: 'theirs', priorParams: {}, objective: 'neuron', objectiveParams: {}, steps: 3, size: 4, seeds: [0], batch: 2, ...given };
  const program = await compileProgram({ modelSha256: '0'.repeat(64), tensor: 'unit', view, input: { name: 'image', shape: [1, 3, 4, 4] }, preprocess: { mean: [0], std: [1], range: [0, 1], color: 'RGB' }, model: model(), runtime, plugins });
  await using ascender = await openProgram(runtime, program, { plugins });
  return (await ascender.run({ units: [1], seed: 0, steps: 3, chunk: 3 }))[0]!;
}

describe('a plugin of somebody else', () => {
  it('works like those that come with the project', async () => {
    const { score, scoreStart } = await climb(sound);
    expect(score).toBeGreaterThan(scoreStart);
  });

  it('is named with what it threw', async () => {
    await expect(climb({ ...sound, build: () => { throw new TypeError('x is undefined'); } })).rejects.toMatchObject({ code: 'SYNTHESIS_PLUGIN_FAILED', message: expect.stringMatching(/prior theirs failed in build: x is undefined/) });
    await expect(climb({ ...sound, init: () => { throw new Error('no start'); } })).rejects.toMatchObject({ code: 'SYNTHESIS_PLUGIN_FAILED', message: expect.stringContaining('init: no start') });
  });

  it('is named with the shape that it gave and the one that is wanted', async () => {
    await expect(climb({ ...sound, build: ({ g, latent }) => g.mean(latent, [1]) })).rejects.toMatchObject({ code: 'SYNTHESIS_PLUGIN_FAILED', message: expect.stringContaining('f32[2, 4, 4] in build, where f32[2, 3, 4, 4] is wanted') });
    await expect(climb({ ...sound, init: () => new Float32Array(5) })).rejects.toMatchObject({ code: 'SYNTHESIS_PLUGIN_FAILED', message: expect.stringContaining('5 numbers, its latent has 48') });
    const whole = defineObjective({ name: 'whole', version: 1, summary: '', source: '', params: {}, taps: ({ tensor }) => [tensor], build: ({ target, tap }) => tap(target.tensor) });
    await expect(climb(sound, { objective: 'whole' }, whole)).rejects.toMatchObject({ code: 'SYNTHESIS_PLUGIN_FAILED', message: expect.stringContaining('objective whole gave f32[2, 2, 1, 1]') });
  });

  it('is named where it starts from what is no number, and its scores say so where it draws one', async () => {
    await expect(climb({ ...sound, init: ({ size }) => new Float32Array(size).fill(NaN) })).rejects.toMatchObject({ code: 'SYNTHESIS_PLUGIN_FAILED', message: expect.stringContaining('not finite') });
    expect((await climb({ ...sound, build: ({ g, latent }) => g.mul(g.sigmoid(latent), g.log(g.sub(latent, 1e3))) })).score).toBeNaN();
  });

  it('is not given params that it does not know', async () => {
    await expect(climb(sound, { priorParams: { sdd: 1 } })).rejects.toMatchObject({ code: 'PLUGINS_UNKNOWN_PARAM' });
    await expect(climb(sound, { priorParams: { sd: -1 } })).rejects.toMatchObject({ code: 'PLUGINS_BAD_PARAM' });
  });

  it('is refused where pixels are to be changed that its latent does not have', async () => {
    await expect(climb({ ...sound, space: 'other' }, { regularisers: [{ name: 'blur', params: {} }] })).rejects.toMatchObject({ code: 'SYNTHESIS_NOT_PIXELS' });
  });
});
