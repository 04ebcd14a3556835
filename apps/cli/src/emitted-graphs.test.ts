import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkGradient } from '@neuron-atlas/autodiff';
import { openPlaces, openResponses as openPass } from '@neuron-atlas/exemplars';
import { readModel, type Runtime, specialize } from '@neuron-atlas/onnx';
import { likenessOf, openJudge } from '@neuron-atlas/quality';
import type { SynthesisView } from '@neuron-atlas/spec';
import { builtinPlugins, compileActivationMap, compileProgram, compileProjection, openResponses, randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { assertStandard } from '@neuron-atlas/testkit';
import { generatorFile as writeGenerator, measureGenerator, splitPictures, trainGenerator } from '@neuron-atlas/training';
import { describe, expect, it } from 'vitest';
import { discs, encoder, encoderFile, generatorFile, network, pictureFile, side } from './emitted-graphs.fixture.js';
import { measureSpeed } from './measure-speed.js';
import { packageFolder } from './neuron-atlas.fixture.js';

const root = join(packageFolder, '../..');
const cpu = await createNodeRuntime({ provider: 'cpu', threads: 1 });

/** Reads every graph before it is loaded; names those of the project's own making. */
const seen = new Set<string>();
function read(bytes: Uint8Array): void {
  const model = readModel(bytes);
  assertStandard(model);
  if (model.producer === 'neuron-atlas') seen.add(model.graph.name);
}
const reading: Runtime = { ...cpu, load: async (bytes, options) => { read(bytes); return cpu.load(bytes, options); } };

const model = network();
const input = { name: 'image', shape: [1, 3, side, side] };
const preprocess = { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2], range: [0, 1], color: 'RGB' } as const;
const source = { modelSha256: '0'.repeat(64), model, input, preprocess, runtime: reading };
const files = new Map([['generator', generatorFile()], ['encoder', encoderFile()], ['picture', pictureFile()]]);
/** What a prior cannot do without. */
const needs: Readonly<Record<string, SynthesisView['priorParams']>> = { generator: { model: 'generator', fit: 'resize' }, ppgn: { model: 'generator', encoder: 'encoder', fit: 'resize' }, accentuation: { picture: 'picture' } };
const { priors, objectives, recipes, regularisers, transforms, optimisers } = builtinPlugins;

async function program(view: Partial<SynthesisView>, tensor = 'maps'): Promise<void> {
  const prior = view.prior ?? 'pixels';
  const { bytes } = await compileProgram({
    ...source, tensor, files,
    view: { prior, priorParams: needs[prior] ?? {}, objective: 'channel', objectiveParams: {}, steps: 1, size: side, seeds: [0], batch: 2, ...view },
  });
  read(bytes);
}
/** Throws of an objective or regulariser that does not go with the rest of a view. */
const misfits = ['SYNTHESIS_NOT_PIXELS', 'SYNTHESIS_NO_START', 'OBJECTIVES_', 'PLUGINS_'];

describe('every graph that the project emits has operators of ai.onnx alone', () => {
  it.each(priors.all.map(({ name }) => name))('ascents by the prior %s, with every recipe and every objective', async (prior) => {
    let compiled = 0;
    for (const recipe of recipes.map(({ name }) => name)) {
      for (const objective of objectives.all.map(({ name }) => name)) {
        try {
          await program({ prior, recipe, objective, ...(objective === 'caricature' ? { objectiveParams: { picture: 'picture' } } : {}), ...(objective === 'diversity' ? { seeds: [0, 1] } : {}) }, objective === 'logit' ? 'answers' : 'maps');
          compiled++;
        } catch (error) {
          const { code = '' } = error as { readonly code?: string };
          expect(misfits.filter((start) => code.startsWith(start)), `${prior}, ${recipe}, ${objective}: ${String(error)}`).toHaveLength(1);
        }
      }
    }
    // Whole recipes are for pixels alone; no prior is without some that go with it.
    const together = objectives.all.filter(({ starts }) => starts === undefined || priors.all.find(({ name }) => name === prior)!.startAt !== undefined);
    expect(compiled).toBeGreaterThanOrEqual((together.length - 1) * 4);
    expect(seen).toContain('ascent');
  });

  it('ascents with every regulariser, transform and optimiser, on dense layers and maps', async () => {
    for (const tensor of ['maps', 'answers']) {
      for (const { name } of regularisers.all) await program({ regularisers: [{ name, params: {} }] }, tensor);
      for (const { name } of transforms.all) await program({ transforms: [{ name, params: name === 'pad' ? { pixels: 3 } : {} }] }, tensor);
      for (const { name } of optimisers.all) await program({ optimiser: { name, params: {} } }, tensor);
    }
  });

  it.each(['gradient', 'deconvnet', 'guided'] as const)('projections by %s', async (method) => {
    for (const [tensor, units] of [['maps', 4], ['answers', 3]] as const) for (const seed of ['one', 'activation'] as const) read((await compileProjection({ ...source, tensor, units, method, seed, batch: 2 })).bytes);
    expect(seen).toContain('projection');
  });

  it('what judges pictures and compares them, the pass over a data set, places of maxima, responses and maps of a canvas with every kind of borders', async () => {
    const layer = { id: 'maps', tensor: 'maps', units: 4 };
    await using _pass = await openPass({ model, runtime: reading, input, layers: [layer, { id: 'answers', tensor: 'answers', units: 3 }], batch: 2 });
    await using _places = await openPlaces({ model, runtime: reading, input, layer, batch: 2, leak: 0.01 });
    await using _judge = await openJudge({ model, runtime: reading, input, without: 'answers', size: side, batch: 2 });
    await using _responses = await openResponses({ ...source, tensors: ['maps', 'answers'] });
    for (const borders of ['model', 'reflect', 'replicate', 'torus'] as const) {
      await using _map = await compileActivationMap({ model, runtime: reading, tensor: 'maps', input: 'image', shape: [3, side, side], preprocess, borders });
      read((await compileProgram({ ...source, tensor: 'maps', borders, view: { prior: 'fourier', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 1, size: side, seeds: [0], batch: 1 } })).bytes);
    }
    await likenessOf(reading, [[Float64Array.of(1, 0)], [Float64Array.of(0, 1)]]);
    expect([...seen]).toEqual(expect.arrayContaining(['judge', 'likeness', 'responses', 'map']));
  });

  it('training: the steps, the moments, the evaluation, the nearest picture, and the generator that comes of it', async () => {
    const draws = (purpose: string) => randomStream(1, purpose);
    const [pictures, whole] = [discs(24), encoder()];
    const split = splitPictures(24, { validation: 2, heldOut: 2 }, draws);
    const trained = await trainGenerator({
      runtime: reading, encoder: whole, pictures, split, draws, threads: 1, identity: 'emitted', save: async () => undefined,
      recipe: {
        width: 4, loss: { image: 1, feature: 1, adversarial: 0.05 }, discriminatorRate: 0.5, augmentation: { flip: true, shift: 1 }, steps: 2, batch: 2, learningRate: 0.003, warmUpSteps: 1, every: 2, patience: Infinity, rangePictures: 8,
      },
    });
    read(writeGenerator(trained.shape, trained.network, trained.parameters, {}));
    await measureGenerator({ runtime: reading, encoder: whole, generator: trained.network, pictures, batch: 2, threads: 1, trained, split, among: 8 });
    expect([...seen]).toEqual(expect.arrayContaining(['training-step', 'moments', 'evaluation', 'nearest', 'generator']));
  });

  it('what checks gradients and speed, and the demo\'s own model', async () => {
    const stream = randomStream(1, 'check');
    const cut = await specialize(model, { input: 'image', shape: input.shape, outputs: ['answers'], runtime: reading });
    expect(await checkGradient(cut, 'answers', reading, () => stream.uniform())).toMatchObject({ agrees: true });
    let clock = 0;
    await measureSpeed(reading, () => (clock += 2_000), new AbortController().signal);
    assertStandard(readModel(readFileSync(join(root, 'examples/demo/demo.onnx'))));
    expect([...seen]).toEqual(expect.arrayContaining(['check', 'speed', 'part']));
  });

  it('and no other source writes one', () => {
    const sources = ['libs', 'apps'].flatMap((folder) => readdirSync(join(root, folder)).flatMap((name) => {
      const at = join(root, folder, name, 'src');
      return readdirSync(at, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, name, 'src', file));
    })).map((file) => file.replaceAll('\\', '/'));
    const products = sources.filter((file) => /\.tsx?$/.test(file) && !/\.(test|fixture|e2e)\.tsx?$|\/(testing|fuzz)\/|libs\/testkit/.test(file));
    expect(products.filter((file) => /\b(writeModel|writeModelFile|loadModel|ModelProto\.encode)\(/.test(readFileSync(join(root, file), 'utf8'))).sort()).toEqual([
      'apps/cli/src/measure-speed.ts',
      'libs/autodiff/src/check-gradient.ts',
      'libs/exemplars/src/pass/response-graph.ts',
      'libs/onnx/src/node/data-file.ts', // the user's own model, without its weights
      'libs/onnx/src/node/load-model-file.ts', // the user's own model, as it is or with constants for some of its inputs
      'libs/onnx/src/static/run-part.ts',
      'libs/onnx/src/write/write-model-file.ts',
      'libs/onnx/src/write/write-model.ts',
      'libs/quality/src/judge.ts',
      'libs/quality/src/likeness-of.ts',
      'libs/synthesis/src/activation-map.ts',
      'libs/synthesis/src/compile-program.ts',
      'libs/synthesis/src/node.ts', // one Relu, to try a provider
      'libs/synthesis/src/projection/compile-projection.ts',
      'libs/synthesis/src/unit-responses.ts',
      'libs/synthesis/src/webgpu/repair-model.ts', // a graph as it is, with nodes replaced that the provider gets wrong: standard ones for standard ones
      'libs/training/src/compile-training.ts',
      'libs/training/src/generator/evaluation.ts',
      'libs/training/src/generator/generator-file.ts',
      'libs/training/src/generator/measure-generator.ts',
      'libs/training/src/generator/moments.ts',
    ]);
  });
});
