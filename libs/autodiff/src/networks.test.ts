import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foldBatchNorm, graft, GraphBuilder, type Model, type Runtime, sizeOf, specialize, tensor, toNumbers, upgradeOpset, writeModel } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { assertStandard, seeded } from '@neuron-atlas/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { findBlocks, gradients } from './index.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(process.env['NEURON_ATLAS_SHARED'] ?? join(root, '..', 'shared'), 'data', 'models');
const reason = existsSync(folder) ? '' : ` (skipped: no models in ${folder}; set NEURON_ATLAS_SHARED)`;

const networks = [
  { file: 'squeezenet1_1.onnx', shape: [1, 3, 64, 64] },
  { file: 'cifar10_resnet20.onnx', shape: [2, 3, 32, 32] },
  { file: 'cifar10_cnn.onnx', shape: [2, 3, 32, 32] },
  { file: 'mnist_cntk.onnx', shape: [2, 1, 28, 28] },
  { file: 'mobilenetv2_bn_backbone.onnx', shape: [1, 3, 64, 64] },
  { file: 'vit_tiny_patch16_224.onnx', shape: [1, 3, 224, 224] },
] as const;

describe.skipIf(reason !== '')(`the gradient of a trained network with respect to its picture${reason}`, () => {
  let runtime: Runtime;
  beforeAll(async () => { runtime = await createNodeRuntime({ provider: 'cpu', threads: 2 }); });

  it.each(networks)('agrees with a central difference along itself: $file', async ({ file, shape }) => {
    const model = upgradeOpset((await loadModelFile(join(folder, file))).model);
    const [input, output] = [model.graph.inputs[0]!.name, model.graph.outputs[0]!.name];
    expect([...findBlocks(model, input, [output]).values()]).toEqual([]);
    const random = seeded(11);
    const network = foldBatchNorm(await specialize(model, { input, shape, outputs: [output], runtime }));
    const g = new GraphBuilder({ opset: network.opset });
    const x = g.input('picture', 'f32', shape);
    const y = graft(g, network, x)(output);
    const weights = Float32Array.from({ length: sizeOf(y.shape) }, () => random() - 0.5);
    const [dx] = gradients(g, { of: y, seed: g.constant(tensor('f32', y.shape, weights)), wrt: [x] });
    const result = g.identity(dx!);
    const whole: Model = { irVersion: 10, producer: 'test', opsets: new Map([['', g.opset]]), functions: [], metadata: new Map(), graph: g.build('gradient', [y, result]) };
    assertStandard(whole);
    await using session = await runtime.load(writeModel(whole));

    const picture = Float32Array.from({ length: sizeOf(shape) }, () => 2 * random() - 1);
    const run = async (data: Float32Array, name: string): Promise<number[]> => toNumbers((await session.run({ picture: tensor('f32', shape, data) }, [name]))[name]!);
    const gradient = await run(picture, result.name);
    const length = Math.sqrt(gradient.reduce((sum, v) => sum + v * v, 0));
    const score = async (t: number): Promise<number> =>
      (await run(picture.map((v, i) => v + (t * gradient[i]!) / length), y.name)).reduce((sum, v, i) => sum + v * weights[i]!, 0);
    // Steps small beside the picture (length 50 to 400), large beside the rounding of the score. A Relu that changes sides
    // within the step bends the score: the best of three steps is what the gradient must meet.
    const errors: number[] = [];
    for (const h of [0.05, 0.02, 0.01]) errors.push(Math.abs((await score(h) - await score(-h)) / (2 * h) / length - 1));
    expect(Math.min(...errors)).toBeLessThanOrEqual(0.01);
  });
});
