import { readModel, tensor, type Runtime, type Tensor } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import { describe, expect, it } from 'vitest';
import { discs, smallEncoder } from '../../test/small-encoder.js';
import { unpackCheckpoint } from '../checkpoint.js';
import { generatorFile, measureGenerator, splitPictures, trainGenerator, type Comparator, type GeneratorRecipe } from './index.js';

const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
const encoder = smallEncoder();
const pictures = discs(60);
const draws = (purpose: string) => randomStream(1, purpose);
const split = splitPictures(60, { validation: 4, heldOut: 8 }, draws);
const recipe: GeneratorRecipe = {
  width: 4, loss: { image: 1, feature: 1, adversarial: 0.05 }, discriminatorRate: 0.5, augmentation: { flip: true, shift: 1 }, steps: 12, batch: 4, learningRate: 0.003,
  warmUpSteps: 2, every: 4, patience: Infinity, rangePictures: 48,
};

async function train(options: Partial<Parameters<typeof trainGenerator>[0]> = {}) {
  const saved: Uint8Array[] = [];
  const trained = await trainGenerator({ runtime, encoder, pictures, split, recipe, draws, threads: 1, identity: 'this one', save: async (bytes) => { saved.push(bytes); }, ...options });
  return { trained, saved, file: Buffer.from(generatorFile(trained.shape, trained.network, trained.parameters, {})) };
}

/** The runtime, except that a step may be changed. */
const meddled = (change: (feeds: Readonly<Record<string, Tensor>>, steps: number) => Readonly<Record<string, Tensor>>): Runtime => {
  let steps = 0;
  return {
    ...runtime,
    load: async (bytes, settings) => {
      const session = await runtime.load(bytes, settings);
      return { ...session, run: async (feeds, outputs) => session.run(feeds['learning_rate'] === undefined ? feeds : change(feeds, steps++), outputs), [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
    },
  };
};

describe('trainGenerator', () => {
  it('learns to give back pictures from their codes', async () => {
    const { trained } = await train({ recipe: { ...recipe, steps: 320, every: 80, batch: 8, width: 8, learningRate: 0.01, loss: { image: 1, feature: 0.3, adversarial: 0 } } });
    const { measure, reconstructions } = await measureGenerator({ runtime, encoder, generator: trained.network, pictures, batch: 4, threads: 1, trained, split, among: 48 });
    expect(measure.pictures).toBe(8);
    expect(reconstructions.map(({ index }) => index)).toEqual(split.heldOut);
    expect(reconstructions.every(({ picture, nearest }) => picture.length === 768 && split.training.includes(nearest))).toBe(true);
    expect(measure.generator.imageError).toBeLessThan(0.6);
    expect(measure.generator.featureError).toBeLessThan(0.6);
    expect(measure.generator.imageError).toBeLessThan(measure.nearest.imageError);
    expect(trained.curve.map(({ step }) => step)).toEqual([80, 160, 240, 320]);
  });

  it('takes the feature error as the mean over comparators by their weights', async () => {
    const featureOf = async (comparators: readonly Comparator[]): Promise<number> => {
      const { trained } = await train({ encoder: { ...encoder, comparators }, recipe: { ...recipe, steps: 1, every: 1, warmUpSteps: 0, loss: { image: 1, feature: 1, adversarial: 0 } } });
      return trained.curve[0]!.terms['feature']!;
    };
    const [code, answers] = [await featureOf([{ tensor: 'code', weight: 2 }]), await featureOf([{ tensor: 'answers', weight: 0.5 }])];
    expect(Math.abs(code - answers)).toBeGreaterThan(0.05 * code);
    // The curve has four digits.
    expect(await featureOf([{ tensor: 'code', weight: 2 }, { tensor: 'answers', weight: 6 }]) / (0.25 * code + 0.75 * answers)).toBeCloseTo(1, 3);
  });

  it('gives the same file when it was stopped and taken up from a checkpoint', async () => {
    const whole = await train();
    const stop = new AbortController();
    const saved: Uint8Array[] = [];
    await expect(train({ save: async (bytes) => { saved.push(bytes); stop.abort(new Error('stopped')); }, signal: stop.signal })).rejects.toThrow('stopped');
    expect(saved).toHaveLength(1);
    const resumed = await train({ saved: saved[0]! });
    expect(resumed.file.equals(whole.file)).toBe(true);
    expect(resumed.saved.map((bytes) => Buffer.from(bytes))).toEqual(whole.saved.slice(1).map((bytes) => Buffer.from(bytes)));
    expect(resumed.trained.curve).toEqual(whole.trained.curve);
  });

  const noMemory = (): Error => Object.assign(new Error('no memory'), { code: 'SYNTHESIS_OUT_OF_MEMORY', help: '', grpc: 'RESOURCE_EXHAUSTED' });
  const poor = meddled((feeds) => {
    if (feeds['pictures']!.shape[0]! > 2) throw noMemory();
    return feeds;
  });

  it('halves the batch where memory runs out in a step, and goes on', async () => {
    expect((await train({ runtime: poor })).trained).toMatchObject({ batch: 2, steps: 12 });
  });

  it('halves the batch where memory runs out before the first step', async () => {
    let loads = 0;
    const cramped: Runtime = {
      ...runtime,
      load: async (bytes, settings) => {
        const session = await runtime.load(bytes, settings);
        // The training step is the one session that takes a learning rate.
        if (session.inputNames.includes('learning_rate') && loads++ === 0) throw noMemory();
        return session;
      },
    };
    expect((await train({ runtime: cramped })).trained).toMatchObject({ batch: 2, steps: 12 });
  });

  it('opens with the halved batch when it is taken up, and gives the same file', async () => {
    const whole = await train({ runtime: poor });
    const resumed = await train({ saved: whole.saved[1]!, onProgress: ({ stage, batch }) => { if (stage === 'training') expect(batch).toBe(2); } });
    expect(resumed.trained.batch).toBe(2);
    expect(resumed.file.equals(whole.file)).toBe(true);
  });

  it('refuses the checkpoint of another training, before any work', async () => {
    const { saved } = await train();
    await expect(train({ saved: saved[0]!, identity: 'another', onProgress: () => { throw new Error('work was done'); } })).rejects.toMatchObject({ code: 'TRAINING_CHECKPOINT_OTHER' });
  });

  it('stops at a loss that is no number, names step and term, and keeps the state before it', async () => {
    const saved: Uint8Array[] = [];
    const broken = meddled((feeds, steps) => (steps !== 6 ? feeds : { ...feeds, pictures: tensor('f32', feeds['pictures']!.shape, new Float32Array(feeds['pictures']!.data.length).fill(NaN)) }));
    await expect(train({ runtime: broken, save: async (bytes) => { saved.push(bytes); } })).rejects.toMatchObject({ code: 'TRAINING_NOT_FINITE', details: { step: 7, what: 'image' } });
    expect(unpackCheckpoint(saved.at(-1)!).step).toBe(6);
    // What broke it being gone, it goes on as if nothing had been.
    expect((await train({ saved: saved.at(-1)! })).file.equals((await train()).file)).toBe(true);
  });

  it('stops at a parameter that is no number at the step that made it so', async () => {
    const saved: Uint8Array[] = [];
    // The correction of Adam's mean is not part of the loss: only the parameters feel it.
    const broken = meddled((feeds, steps) => (steps !== 5 ? feeds : { ...feeds, mean_correction: tensor('f32', [], Float32Array.of(NaN)) }));
    await expect(train({ runtime: broken, save: async (bytes) => { saved.push(bytes); } })).rejects.toMatchObject({ code: 'TRAINING_NOT_FINITE', details: { step: 6, what: expect.stringContaining('generator.') as string } });
    expect(unpackCheckpoint(saved.at(-1)!).step).toBe(5);
  });

  it('ends with what the keeping of a checkpoint throws', async () => {
    await expect(train({ save: async () => { throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }); } })).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  it('ends early where the validation pictures get no better, with the best parameters', async () => {
    // A rate at which nothing is learned.
    const { trained } = await train({ recipe: { ...recipe, steps: 400, every: 2, patience: 2, learningRate: 3 } });
    expect(trained.endedEarly).toBe(true);
    expect(trained.steps).toBeLessThan(400);
  });

  it('trains without the terms of weight 0', async () => {
    for (const loss of [{ image: 1, feature: 0, adversarial: 0 }, { image: 0, feature: 1, adversarial: 0 }, { image: 0, feature: 1, adversarial: 1 }]) {
      const { trained } = await train({ recipe: { ...recipe, steps: 4, loss } });
      const terms = Object.entries(loss).filter(([, weight]) => weight > 0).map(([name]) => name);
      expect(Object.keys(trained.curve[0]!.terms).sort()).toEqual([...terms, ...(loss.adversarial > 0 ? ['discriminator'] : [])].sort());
    }
  });

  it('refuses pictures that are all alike, and too few of them', async () => {
    await expect(train({ pictures: { ...pictures, at: () => new Uint8Array(768) } })).rejects.toMatchObject({ code: 'TRAINING_NO_VARIANCE' });
    expect(() => splitPictures(1, { validation: 0, heldOut: 0 }, draws)).toThrow(expect.objectContaining({ code: 'TRAINING_TOO_FEW_PICTURES' }));
    expect(() => splitPictures(20, { validation: 4, heldOut: 8 }, draws)).toThrow(expect.objectContaining({ code: 'TRAINING_TOO_FEW_PICTURES' }));
  });
});

describe('generatorFile', () => {
  it('takes any number of codes and gives pictures in 0 to 1', async () => {
    const { file } = await train({ recipe: { ...recipe, steps: 1 } });
    expect(readModel(file, { name: 'generator.onnx' }).graph).toMatchObject({ inputs: [{ name: 'code', shape: ['N', 4, 8, 8] }], outputs: [{ name: 'image', shape: ['N', 3, 16, 16] }] });
    await using session = await runtime.load(file);
    for (const batch of [1, 3]) {
      const { normal } = randomStream(2, 'codes');
      const { image } = await session.run({ code: tensor('f32', [batch, 4, 8, 8], Float32Array.from({ length: batch * 256 }, () => 30 * normal())) });
      expect(image!.shape).toEqual([batch, 3, 16, 16]);
      expect((image!.data as Float32Array).every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });
});
