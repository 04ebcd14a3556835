import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { f32, findLayers, GraphBuilder, i64, type LayerKind, readModel, specialize, tensor, toNumbers, unitMap, upgradeOpset, writeModel, type Model } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import type { SynthesisView } from '@neuron-atlas/spec';
import { evaluate } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { openProgram, type Ascent } from './ascender.js';
import { compileProgram } from './compile-program.js';
import { createNodeRuntime } from './node.js';
import { randomStream } from './random.js';

const runtime = await createNodeRuntime({ provider: 'cpu' });
const path = join(process.env['NEURON_ATLAS_SHARED'] ?? fileURLToPath(new URL('../../../../shared', import.meta.url)), 'data/models/vit_tiny_patch16_224.onnx');

const view = (given: Partial<SynthesisView>): SynthesisView => ({
  prior: 'fourier', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 8, size: 8, seeds: [0], learningRate: 0.05, batch: 2, ...given,
});

async function climb(model: Model, input: string, size: number, layer: { readonly tensor: string; readonly axis: number; readonly kind: LayerKind }, units: readonly number[], given: Partial<SynthesisView> = {}): Promise<readonly Ascent[]> {
  const settings = view({ size, ...given });
  const program = await compileProgram({
    model, runtime, modelSha256: '0'.repeat(64), ...layer, view: settings, input: { name: input, shape: [1, 3, size, size] }, preprocess: { mean: [0.5], std: [0.5], range: [0, 1], color: 'RGB' },
  });
  await using ascender = await openProgram(runtime, program);
  return await ascender.run({ units, seed: 0, steps: settings.steps, chunk: settings.steps });
}

describe('unitMap', () => {
  it('puts the units of tokens behind the batch, and squares what heads write', async () => {
    const g = new GraphBuilder({ opset: 18 });
    const tokens = g.input('tokens', 'f32', [1, 2, 3]);
    const heads = g.input('heads', 'f32', [1, 2, 1, 2]);
    const out = await evaluate(g, [unitMap(g, tokens, { axis: 2, kind: 'feature' }), unitMap(g, heads, { axis: 1, kind: 'head' })], { tokens: f32([1, 2, 3], [1, 2, 3, 4, 5, 6]), heads: f32([1, 2, 1, 2], [1, -2, 3, 4]) });
    expect(out.map(({ shape }) => shape)).toEqual([[1, 3, 2], [1, 2, 1, 2]]);
    expect(out.map(toNumbers)).toEqual([[1, 4, 2, 5, 3, 6], [1, 4, 9, 16]]);
  });
});

describe('an ascent of token features', () => {
  /** 4 patches of 4 × 4, each mapped to 3 features, the last axis: feature k of a patch is the mean of colour k. */
  function patches(): Model {
    const g = new GraphBuilder({ opset: 18 });
    const x = g.input('image', 'f32', [1, 3, 8, 8]);
    const means = g.emit('AveragePool', [x], { kernel_shape: { type: 'ints', value: [4, 4] }, strides: { type: 'ints', value: [4, 4] } }, [{ dtype: 'f32', shape: [1, 3, 2, 2] }])[0]!;
    const rows = g.transpose(g.emit('Reshape', [means, g.constant(i64([3], [0, 3, 4]), 'flat')], {}, [{ dtype: 'f32', shape: [1, 3, 4] }])[0]!, [0, 2, 1]);
    const features = g.emit('MatMul', [rows, g.constant(tensor('f32', [3, 3], Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)), 'weight')], {}, [{ dtype: 'f32', shape: [1, 4, 3], name: 'features' }])[0]!;
    return readModel(writeModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 18]]), functions: [], metadata: new Map(), graph: g.build('patches', [features]) }));
  }
  const layer = { tensor: 'features', axis: 2, kind: 'feature' } as const;
  const brightness = ({ image }: Ascent, colour: number, patch: number): number => {
    const [y, x] = [4 * Math.floor(patch / 2), 4 * (patch % 2)];
    return Array.from({ length: 16 }, (_, i) => image[(colour * 8 + y + Math.floor(i / 4)) * 8 + x + (i % 4)]!).reduce((a, b) => a + b, 0) / 16;
  };
  const pixels = { prior: 'pixels', priorParams: {}, transforms: [], regularisers: [], steps: 30, learningRate: 0.2 };

  it('raises the colour of the unit alone: in every patch for a channel, in one for a neuron', async () => {
    const everywhere = await climb(patches(), 'image', 8, layer, [0, 2], pixels);
    const grey = await climb(patches(), 'image', 8, layer, [0, 2], { ...pixels, steps: 1, learningRate: 1e-6 });
    const rise = (after: Ascent, before: Ascent, colour: number, patch: number): number => brightness(after, colour, patch) - brightness(before, colour, patch);
    [0, 2].forEach((unit, row) => {
      for (let colour = 0; colour < 3; colour++) for (let patch = 0; patch < 4; patch++) {
        const rose = rise(everywhere[row]!, grey[row]!, colour, patch);
        if (colour === unit) expect(rose).toBeGreaterThan(0.2);
        else expect(Math.abs(rose)).toBeLessThan(0.05);
      }
    });
    const [one] = await climb(patches(), 'image', 8, layer, [1], { ...pixels, objective: 'neuron', objectiveParams: { token: 2 } });
    for (let patch = 0; patch < 4; patch++) {
      if (patch === 2) expect(rise(one!, grey[0]!, 1, patch)).toBeGreaterThan(0.2);
      else expect(Math.abs(rise(one!, grey[0]!, 1, patch))).toBeLessThan(0.05);
    }
  });

  it('refuses a token that is not there', async () => {
    await expect(climb(patches(), 'image', 8, layer, [0], { ...pixels, objective: 'neuron', objectiveParams: { token: 4 } })).rejects.toMatchObject({ code: 'OBJECTIVES_OUTSIDE' });
  });

  it.skipIf(!existsSync(path))('climbs for MLP features, a stream and heads of a trained vision transformer (skipped where the shared models are not there)', async () => {
    const model = upgradeOpset((await loadModelFile(path)).model);
    const graph = await specialize(model, { input: 'pixel_values', shape: [1, 3, 224, 224], outputs: ['logits'], runtime });
    const layers = findLayers(model, new Map([...graph.types].map(([name, { shape }]) => [name, shape])));
    for (const id of ['blocks.0.mlp.fc1', 'blocks.1.attn.heads', 'blocks.1.mlp.residual']) {
      const { tensor: name, kind, axis, units } = layers.find((layer) => layer.id === id)!;
      const { below } = randomStream(1, id);
      const ascents = await climb(model, 'pixel_values', 224, { tensor: name, kind, axis: axis === -1 ? 2 : 1 }, [below(units - 1), units - 1], { steps: 6, transforms: [] });
      for (const ascent of ascents) {
        expect(ascent.score, `${id}/${ascent.unit}`).toBeGreaterThan(ascent.scoreStart);
        expect(ascent.gradientNorm).toBeGreaterThan(0);
      }
    }
  });
});
