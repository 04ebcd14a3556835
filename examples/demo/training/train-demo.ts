import { tensor, type Runtime, type Tensor } from '@neuron-atlas/onnx';
import { randomStream } from '@neuron-atlas/synthesis';
import { accuracy, compileTraining, cosineSchedule, createTrainer, crossEntropy, type TrainingProgram } from '@neuron-atlas/training';
import { logitsOf, network, parameters, pictureSize, questions } from '../model.js';
import { batchAt } from './batch.js';
import { centredStart } from './centred-start.js';

export interface Recipe {
  readonly seed: number;
  readonly steps: number;
  /** Pictures a step, all of them new. */
  readonly batch: number;
  readonly learningRate: number;
  readonly warmUpSteps: number;
  readonly weightDecay: number;
  /** Pictures over which the start is centred. */
  readonly centringPictures: number;
  /** How a sum is split among threads decides its last bits: another number gives another, equally good network. */
  readonly threads: number;
}

/** Means over the steps since the last row. */
export interface CurveRow {
  readonly step: number;
  readonly loss: number;
  /** The share of right answers to each question, 0..1, before the step that learned from them. */
  readonly accuracy: Readonly<Record<string, number>>;
}

/** Streams of pictures that never meet: the network is asked about none that it has learned from. */
export const trainingSeed = (seed: number): number => 2 * seed;
export const heldOutSeed = (seed: number): number => 2 * seed + 1;

/** Trains the demo network; the same recipe gives the same weights on the same kind of machine. `onRow` is called about fifty times. */
export async function trainDemo(runtime: Runtime, recipe: Recipe, onRow: (row: CurveRow) => void, signal?: AbortSignal): Promise<ReadonlyMap<string, Tensor>> {
  const { seed, steps, batch, learningRate, warmUpSteps, weightDecay, centringPictures, threads } = recipe;
  const { normal } = randomStream(seed, 'weights');
  const drawn = new Map(parameters.map(({ name, shape, init }) => [name, tensor('f32', shape, init(shape, normal))]));
  // Pictures from behind the last one that the training will see.
  const start = await centredStart(runtime, drawn, batchAt(trainingSeed(seed), steps * batch, centringPictures).image, threads);
  await using trainer = await createTrainer(runtime, trainingProgram(start, batch, weightDecay), { normal, threads });

  const every = Math.max(1, Math.floor(steps / 50));
  let since: { readonly loss: number; readonly metrics: Readonly<Record<string, number>> }[] = [];
  for (let step = 1; step <= steps; step++) {
    signal?.throwIfAborted();
    const { image, targets } = batchAt(trainingSeed(seed), (step - 1) * batch, batch);
    since.push(await trainer.step({ image, ...targets }, cosineSchedule({ highest: learningRate, steps, warmUpSteps }, step)));
    if (step % every !== 0 && step !== steps) continue;
    const mean = (value: (row: (typeof since)[number]) => number): number => Math.round((1e4 * since.reduce((sum, row) => sum + value(row), 0)) / since.length) / 1e4;
    onRow({ step, loss: mean(({ loss }) => loss), accuracy: Object.fromEntries(questions.map(({ name }) => [name, mean(({ metrics }) => metrics[name]!)])) });
    since = [];
  }
  return trainer.parameters();
}

/** The loss is the sum of three cross-entropies, one a question. */
function trainingProgram(start: ReadonlyMap<string, Tensor>, batch: number, weightDecay: number): TrainingProgram {
  return compileTraining({
    parameters: parameters.map((parameter) => ({ ...parameter, init: () => start.get(parameter.name)!.data as Float32Array })),
    weightDecay,
    build: ({ g, parameter }) => {
      const logits = network(g, g.input('image', 'f32', [batch, 3, pictureSize, pictureSize]), parameter);
      const parts = questions.map(({ name, answers }) => {
        const given = logitsOf(g, logits, name), wanted = g.input(name, 'f32', [batch, answers.length]);
        return { name, loss: crossEntropy(g, given, wanted), accuracy: accuracy(g, given, wanted) };
      });
      return {
        loss: parts.map(({ loss }) => loss).reduce((sum, loss) => g.add(sum, loss)),
        metrics: Object.fromEntries(parts.map((part) => [part.name, part.accuracy])),
      };
    },
  });
}
