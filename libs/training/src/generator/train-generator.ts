import { isAtlasError } from '@neuron-atlas/errors';
import { sizeOf, type Runtime, type Tensor } from '@neuron-atlas/onnx';
import { cosineSchedule } from '../cosine-schedule.js';
import { errors } from '../errors.js';
import { unpackCheckpoint } from '../checkpoint.js';
import { createTrainer, type Trainer } from '../trainer.js';
import { compileGeneratorStep, type LossWeights } from './compile-generator-step.js';
import { discriminatorNetwork } from './discriminator-network.js';
import type { DrawsFor } from './draws.js';
import { cutEncoder, type Encoder } from './encoder.js';
import { openEvaluation } from './evaluation.js';
import { generatorNetwork, type GeneratorShape, type Network } from './generator-network.js';
import { minibatches, type Augmentation } from './minibatches.js';
import { momentsOver, picturesName, varianceOf, type Moments } from './moments.js';
import { pictureBatch, type PictureSet } from './picture-set.js';
import type { Split } from './split.js';

export interface GeneratorRecipe {
  readonly width: number;
  readonly loss: LossWeights;
  readonly discriminatorRate: number;
  readonly augmentation: Augmentation;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly warmUpSteps: number;
  /** Steps between two looks at the validation pictures, each with a row of the curve and a checkpoint. */
  readonly every: number;
  /** Looks without a better one after which the training ends; Infinity: never. */
  readonly patience: number;
  /** Pictures, at most, from which the code range and the variances are taken. */
  readonly rangePictures: number;
}

/** Means over the steps since the last row, and the errors on the validation pictures then. */
export interface CurveRow {
  readonly step: number;
  readonly terms: Readonly<Record<string, number>>;
  /** Shares of the variance. */
  readonly validation: { readonly image: number; readonly feature: number };
}

export interface GeneratorTraining {
  readonly runtime: Runtime;
  readonly encoder: Encoder;
  readonly pictures: PictureSet;
  readonly split: Split;
  readonly recipe: GeneratorRecipe;
  readonly draws: DrawsFor;
  readonly threads?: number | undefined;
  /** Names all that decides what comes out: encoder, pictures, recipe, seed. A checkpoint of another training is refused by it. */
  readonly identity: string;
  /** A checkpoint of this training, to go on from. */
  readonly saved?: Uint8Array | undefined;
  /** Keeps a checkpoint; what it throws ends the training. */
  readonly save: (checkpoint: Uint8Array) => Promise<void>;
  readonly onProgress?: (progress: { readonly stage: 'range' | 'training'; readonly done: number; readonly total: number; readonly row?: CurveRow; readonly batch?: number }) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainedGenerator {
  readonly shape: GeneratorShape;
  readonly network: Network;
  /** Those of the best look at the validation pictures where the training ended early, else the last. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly moments: ReadonlyMap<string, Moments>;
  readonly curve: readonly CurveRow[];
  readonly steps: number;
  readonly batch: number;
  readonly endedEarly: boolean;
}

interface Notes {
  readonly identity: string;
  readonly seen: number;
  readonly batch: number;
  readonly curve: readonly CurveRow[];
  readonly best: { readonly error: number; readonly step: number };
  readonly since: readonly Readonly<Record<string, number>>[];
}

/**
 * Trains a generator that inverts an encoder at a layer; the same arguments give the same parameters on the same kind of
 * machine, however often it is stopped and taken up from its checkpoints.
 *
 * Where memory runs out, be it for the graph or for a step, the batch is halved and the step done again. A loss or a
 * parameter that is no number ends the training with TRAINING_NOT_FINITE, after a checkpoint of the state before it.
 * Throws also TRAINING_CHECKPOINT_OTHER, _NO_VARIANCE, and what the encoder's graph raises.
 */
export async function trainGenerator(options: GeneratorTraining): Promise<TrainedGenerator> {
  const { runtime, encoder, pictures, split, recipe, draws, threads, identity, saved, save, onProgress, signal } = options;
  const begun = saved === undefined ? undefined : readNotes(unpackCheckpoint(saved).notes);
  if (begun !== undefined && begun.identity !== identity) throw errors.checkpointOther({ found: begun.identity, wanted: identity });
  const tensors = [encoder.code, ...encoder.comparators.map(({ tensor }) => tensor)];
  const used = split.training.slice(0, recipe.rangePictures);
  const moments = await momentsOver(tensors, {
    runtime, encoder, pictures, indices: used, batch: Math.min(recipe.batch, 32), threads, signal, onProgress: (done) => onProgress?.({ stage: 'range', done, total: used.length }),
  });
  const code = moments.get(encoder.code)!;
  for (const name of [picturesName, ...tensors]) if (!(varianceOf(moments.get(name)!) > 0)) throw errors.noVariance({ what: name.trim(), pictures: used.length });
  const shape: GeneratorShape = { code: code.shape, size: pictures.size, channels: pictures.channels, width: recipe.width };
  const generator = generatorNetwork(shape, evenScale(code)), discriminator = discriminatorNetwork(shape);
  const variance = { pictures: varianceOf(moments.get(picturesName)!), values: new Map(tensors.map((name) => [name, varianceOf(moments.get(name)!)])) };
  const order = minibatches(split.training, recipe.augmentation, draws);

  const open = async (batch: number): Promise<Trainer> => createTrainer(runtime, compileGeneratorStep({
    encoder, cut: await cutEncoder(encoder, tensors, batch, runtime), generator, discriminator, loss: recipe.loss,
    pictures: [batch, pictures.channels, pictures.size, pictures.size], variance, discriminatorRate: recipe.discriminatorRate,
  }), { normal: draws('weights').normal, ...(threads === undefined ? {} : { threads }) });
  /** A trainer of this batch, or of the largest half of a half that memory holds. */
  const openFitting = async (batch: number): Promise<{ readonly trainer: Trainer; readonly batch: number }> => {
    try {
      return { trainer: await open(batch), batch };
    } catch (error) {
      if (!isOutOfMemory(error) || batch === 1) throw error;
      return openFitting(Math.floor(batch / 2));
    }
  };

  let notes: Notes = begun ?? { identity, seen: 0, batch: recipe.batch, curve: [], best: { error: Infinity, step: 0 }, since: [] };
  let { trainer, batch } = await openFitting(notes.batch);
  notes = { ...notes, batch };
  let best: ReadonlyMap<string, Tensor> = saved === undefined ? trainer.parameters() : trainer.restore(saved).tensors;
  try {
    await using evaluation = await openEvaluation({ runtime, encoder, generator, pictures, batch: Math.min(recipe.batch, 32), threads });
    const stale = (): boolean => (trainer.stepCount - notes.best.step) / recipe.every >= recipe.patience && notes.curve.length > 0;
    while (trainer.stepCount < recipe.steps && !stale()) {
      signal?.throwIfAborted();
      const { indices, placements } = order.take(notes.seen, notes.batch);
      const rate = cosineSchedule({ highest: recipe.learningRate, steps: recipe.steps, warmUpSteps: recipe.warmUpSteps }, trainer.stepCount + 1);
      const feeds = { pictures: await pictureBatch(pictures, indices, placements) };
      let result;
      try {
        result = await trainer.step(feeds, rate);
      } catch (error) {
        if (isAtlasError(error) && error.code === 'TRAINING_NOT_FINITE') await save(trainer.checkpoint({ notes, tensors: best }));
        if (!isOutOfMemory(error) || notes.batch === 1) throw error;
        const state = trainer.checkpoint();
        await trainer[Symbol.asyncDispose]();
        ({ trainer, batch } = await openFitting(Math.floor(notes.batch / 2)));
        notes = { ...notes, batch };
        trainer.restore(state);
        continue;
      }
      const { step, metrics } = result;
      notes = { ...notes, seen: notes.seen + notes.batch, since: [...notes.since, metrics] };
      if (step % recipe.every === 0 || step === recipe.steps) {
        const parameters = trainer.parameters();
        const validation = { image: 0, feature: 0 };
        for await (const { imageError, featureError } of evaluation.run(parameters, split.validation)) {
          validation.image += imageError / variance.pictures / split.validation.length;
          validation.feature += featureError / variance.values.get(encoder.code)! / split.validation.length;
        }
        const row: CurveRow = { step, terms: meansOf(notes.since), validation: { image: rounded(validation.image), feature: rounded(validation.feature) } };
        const error = recipe.loss.image * validation.image + recipe.loss.feature * validation.feature;
        notes = { ...notes, since: [], curve: [...notes.curve, row], best: error < notes.best.error ? { error, step } : notes.best };
        if (notes.best.step === step) best = parameters;
        await save(trainer.checkpoint({ notes, tensors: best }));
        onProgress?.({ stage: 'training', done: step, total: recipe.steps, row, batch: notes.batch });
      } else {
        onProgress?.({ stage: 'training', done: step, total: recipe.steps, batch: notes.batch });
      }
      // The runtime blocks while a step runs: signals and timers get their turn here.
      await new Promise((resolve) => { setTimeout(resolve, 0); });
    }
    const endedEarly = trainer.stepCount < recipe.steps;
    const parameters = endedEarly ? best : trainer.parameters();
    return { shape, network: generator, parameters, moments, curve: notes.curve, steps: trainer.stepCount, batch: notes.batch, endedEarly };
  } finally {
    await trainer[Symbol.asyncDispose]();
  }
}

const isOutOfMemory = (error: unknown): boolean => isAtlasError(error) && error.code === 'SYNTHESIS_OUT_OF_MEMORY';

/** 1 / deviation of each channel of a map or component of a row; those that hardly vary are not blown up. */
function evenScale({ shape, deviation }: Moments): Float32Array {
  const area = sizeOf(shape.slice(1));
  const spread = Array.from({ length: shape[0]! }, (_, channel) => {
    const own = deviation.subarray(channel * area, (channel + 1) * area);
    return Math.sqrt(own.reduce((sum, value) => sum + value ** 2, 0) / area);
  });
  const floor = 0.1 * Math.sqrt(spread.reduce((sum, value) => sum + value ** 2, 0) / spread.length);
  return Float32Array.from(spread, (value) => 1 / Math.max(value, floor));
}

const rounded = (value: number): number => Number(value.toPrecision(4));

function meansOf(rows: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, rounded(rows.reduce((sum, row) => sum + row[name]!, 0) / rows.length)]));
}

function readNotes(notes: unknown): Notes {
  const found = notes as Partial<Notes> | null;
  if (found === null || typeof found?.seen !== 'number' || typeof found.identity !== 'string' || !Array.isArray(found.curve)) throw errors.checkpointMalformed({ reason: 'it has no notes of a generator training' });
  return { ...(found as Notes), best: { error: found.best!.error ?? Infinity, step: found.best!.step } };
}
