import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gradients } from '@neuron-atlas/autodiff';
import { findLayers, foldBatchNorm, graft, GraphBuilder, type Model, readModel, specialize, toText, upgradeOpset } from '@neuron-atlas/onnx';
import type { SynthesisView } from '@neuron-atlas/spec';
import { describe, expect, it } from 'vitest';
import { compileProgram } from './compile-program.js';
import { compileProjection } from './projection/compile-projection.js';
import { createNodeRuntime } from './node.js';

// What is made of a handful of models, as text, in ../test/golden: a refactor leaves it as it is, to the byte. Where a change of it is
// meant: `npx vitest run libs/synthesis/src/golden-graphs -u`, look at what `git diff` shows, and say in the commit why.
const renew = 'a graph is another one now; if that is meant, renew it with: npx vitest run libs/synthesis/src/golden-graphs -u';
const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const shared = join(process.env['NEURON_ATLAS_SHARED'] ?? join(root, '../shared'), 'data/models');
const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const load = (path: string): Model => upgradeOpset(readModel(readFileSync(path)));
const golden = async (name: string, text: string): Promise<void> => { await expect(text, renew).toMatchFileSnapshot(join(root, 'libs/synthesis/test/golden', `${name}.txt`)); };

/** Value and gradient of the last layer, a unit's mean to be raised, as an ascent has them. */
async function gradientText(model: Model, input: string, picture: readonly number[]): Promise<string> {
  const layer = findLayers(model).at(-1)!.tensor;
  const cut = foldBatchNorm(await specialize(model, { input, shape: [2, ...picture], outputs: [layer], runtime }));
  const g = new GraphBuilder({ opset: cut.opset });
  const x = g.input('picture', 'f32', [2, ...picture]);
  const value = graft(g, cut, x)(layer);
  const [gradient] = gradients(g, { of: value, wrt: [x] });
  return toText({ irVersion: 10, producer: '', opsets: new Map([['', g.opset]]), functions: [], metadata: new Map(), graph: g.build('golden', [value, gradient!]) });
}
/** Of weights that are not the project's own the file keeps none. */
const withoutWeights = (text: string): string => text.split('\n').filter((line) => !/^const \S+: f32\[[^\]]+\]/.test(line)).join('\n');

const vectors = [{ name: 'mobilenet_v2-script' }, { name: 'vit_registers-script' }];
const published = [{ name: 'cifar10_resnet20', input: 'input', picture: [3, 32, 32] }, { name: 'mnist_cntk', input: 'Input3', picture: [1, 28, 28] }];

describe('golden graphs', () => {
  it('the demo: forward and back', async () => {
    const model = load(join(root, 'examples/demo/demo.onnx'));
    await golden('demo', await gradientText(model, model.graph.inputs[0]!.name, [3, 64, 64]));
  });

  it.each(vectors)('$name: forward and back', async ({ name }) => {
    const model = load(join(root, 'bench/oracle/vectors', name, 'model.onnx'));
    const { name: input, shape } = model.graph.inputs[0]!;
    await golden(name, await gradientText(model, input, shape!.slice(1) as number[]));
  });

  it.skipIf(!existsSync(shared)).each(published)('$name: forward and back (where the shared models are)', async ({ name, input, picture }) => {
    await golden(name, withoutWeights(await gradientText(load(join(shared, `${name}.onnx`)), input, picture)));
  });

  it('an ascent: the whole Loop, with shifts and a penalty', async () => {
    const model = load(join(root, 'examples/demo/demo.onnx'));
    const view: SynthesisView = {
      prior: 'pixels', priorParams: {}, objective: 'channel', objectiveParams: {}, steps: 1, size: 16, seeds: [0], batch: 2,
      regularisers: [{ name: 'tv', params: {} }], transforms: [{ name: 'jitter', params: { pixels: 2 } }],
    };
    const { bytes } = await compileProgram({
      model, runtime, modelSha256: '0'.repeat(64), tensor: findLayers(model)[1]!.tensor, view, input: { name: model.graph.inputs[0]!.name, shape: [1, 3, 64, 64] },
      preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], range: [0, 1], color: 'RGB' },
    });
    await golden('ascent', toText(readModel(bytes)));
  });

  it('a projection through rectifiers, guided', async () => {
    const model = load(join(root, 'examples/demo/demo.onnx'));
    const { tensor, units } = findLayers(model)[2]!;
    const { bytes } = await compileProjection({
      model, runtime, modelSha256: '0'.repeat(64), tensor, units: units, method: 'guided', batch: 2, input: { name: model.graph.inputs[0]!.name, shape: [1, 3, 64, 64] },
      preprocess: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], range: [0, 1], color: 'RGB' },
    });
    await golden('projection', toText(readModel(bytes)));
  });
});
