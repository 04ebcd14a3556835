import { createHash } from 'node:crypto';
import { readModel, upgradeOpset } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { codeRange, generatorFile, heldPictures, splitPictures, trainGenerator } from '@neuron-atlas/training';
import { pictureSize } from '../model.js';
import type { Context, Generator } from './context.js';

export interface GeneratorWanted {
  /** A tensor of the demo network. */
  readonly code: string;
  /** u8[64, 64, 3] by number. */
  readonly pictures: (index: number) => Uint8Array;
  readonly steps: number;
}

const pictureCount = 4000;
const recipe = { width: 24, loss: { image: 1, feature: 1, adversarial: 0 }, discriminatorRate: 1, augmentation: { flip: true, shift: 2 }, batch: 16, learningRate: 0.003, warmUpSteps: 50, patience: Infinity, rangePictures: 1024 };

/** A generator for the demo network by a short training, with its code range; and the errors on watched pictures at its end, as shares of the variance. */
export async function generatorFor({ runtime, threads, model, seed, effort, note }: Context, { code, pictures, steps: whole }: GeneratorWanted): Promise<Generator & { readonly validation: { readonly image: number; readonly feature: number } }> {
  const steps = Math.max(20, Math.round(whole * effort));
  const graph = upgradeOpset(readModel(model, { name: 'the demo network' }));
  async function* all(): AsyncGenerator<Uint8Array> { for (let index = 0; index < pictureCount; index++) yield pictures(index); }
  const held = await heldPictures(all(), { count: pictureCount, size: pictureSize, channels: 3 });
  const draws = (purpose: string): ReturnType<typeof randomStream> => randomStream(seed, purpose);
  const trained = await trainGenerator({
    runtime, threads, pictures: held, draws, identity: `experiment ${code}`, save: async () => undefined,
    encoder: { model: graph, input: 'image', side: pictureSize, channels: 3, code, comparators: [...new Set([code, 'relu6', 'relu2'])].map((tensor) => ({ tensor, weight: 1 })), answers: undefined, preprocess: (g, image) => g.sub(g.mul(image, 2), 1) },
    split: splitPictures(pictureCount, { validation: 64, heldOut: 64 }, draws), recipe: { ...recipe, warmUpSteps: Math.min(50, Math.floor(steps / 10)), steps, every: Math.ceil(steps / 4) },
    onProgress: ({ row, done, total }) => { if (row !== undefined) note(`generator for ${code}: step ${done} of ${total}`); },
  });
  const range = codeRange(trained.moments.get(code)!, { encoder: createHash('sha256').update(model).digest('hex'), layer: code, pictures: recipe.rangePictures });
  return { file: generatorFile(trained.shape, trained.network, trained.parameters, {}), range: Buffer.from(JSON.stringify(range)), validation: trained.curve.at(-1)!.validation };
}
