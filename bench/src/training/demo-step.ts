import { tensor, upgradeOpset, type Runtime, type Tensor } from '@neuron-atlas/onnx';
import { loadModelFile } from '@neuron-atlas/onnx/node';
import { randomStream } from '@neuron-atlas/synthesis';
import { compileGeneratorStep, createTrainer, cutEncoder, discriminatorNetwork, generatorNetwork, type Encoder, type Trainer } from '@neuron-atlas/training';

export const batch = 16;
const size = 64;

export interface DemoStep extends AsyncDisposable {
  readonly trainer: Trainer;
  /** All that another implementation needs to do the same step: weights of encoder, generator and discriminator, and the pictures. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/** The training step of a generator for the demo network's pool4, from drawn weights, on drawn pictures; without its adversary or with it. */
export async function openDemoStep(runtime: Runtime, threads: number, adversarial: number): Promise<DemoStep> {
  const model = upgradeOpset((await loadModelFile('examples/demo/demo.onnx')).model);
  const encoder: Encoder = {
    model, input: 'image', side: size, channels: 3, code: 'pool4', comparators: [{ tensor: 'pool4', weight: 1 }, { tensor: 'relu2', weight: 1 }], answers: undefined,
    preprocess: (g, image) => g.sub(g.mul(image, 2), 1),
  };
  const shape = { code: [64, 8, 8], size, channels: 3, width: 32 };
  const generator = generatorNetwork(shape, new Float32Array(64).fill(1)), discriminator = discriminatorNetwork(shape);
  const program = compileGeneratorStep({
    encoder, cut: await cutEncoder(encoder, ['pool4', 'relu2'], batch, runtime), generator, discriminator, loss: { image: 1, feature: 1, adversarial },
    pictures: [batch, 3, size, size], variance: { pictures: 1, values: new Map([['pool4', 1], ['relu2', 1]]) }, discriminatorRate: 1,
  });
  const trainer = await createTrainer(runtime, program, { normal: randomStream(1, 'weights').normal, threads });
  const { uniform } = randomStream(1, 'pictures');
  const pictures = tensor('f32', [batch, 3, size, size], Float32Array.from({ length: batch * 3 * size * size }, uniform));
  const weights = [...model.graph.initializers].filter(([, { dtype }]) => dtype === 'f32');
  return {
    trainer, feeds: { pictures }, tensors: new Map([...weights, ...trainer.parameters(), ['pictures', pictures]]),
    [Symbol.asyncDispose]: () => trainer[Symbol.asyncDispose](),
  };
}
