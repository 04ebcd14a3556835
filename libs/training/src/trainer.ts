import { sizeOf, tensor, type Runtime, type Session, type Tensor } from '@neuron-atlas/onnx';
import { adam } from './adam-step.js';
import { packCheckpoint, unpackCheckpoint } from './checkpoint.js';
import { scalarInputs, stateNames, type TrainingProgram } from './compile-training.js';
import { errors } from './errors.js';

export interface StepResult {
  /** Steps taken so far, this one included. */
  readonly step: number;
  /** Loss and metrics on what was fed in, before the parameters moved. */
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A training under way. One step at a time. */
export interface Trainer extends AsyncDisposable {
  readonly stepCount: number;
  /**
   * Moves the parameters once. `feeds` are the inputs that the network made, by name.
   *
   * TRAINING_NOT_FINITE for a loss that is NaN or infinite: the parameters then stay as they were before the step.
   */
  step(feeds: Readonly<Record<string, Tensor>>, learningRate: number): Promise<StepResult>;
  /** Copies of the parameters, by name. */
  parameters(): ReadonlyMap<string, Tensor>;
  /** All that the next steps depend on, what is fed to them apart. */
  checkpoint(): Uint8Array;
  /** Takes up where a checkpoint of the same network was made; the same steps then give the same bytes. */
  restore(checkpoint: Uint8Array): void;
}

export interface TrainerOptions {
  /** Draws of the standard normal law, for the start; seeded by the caller. */
  readonly normal: () => number;
  readonly threads?: number;
}

/** Loads a training step on a runtime, with freshly drawn parameters. */
export async function createTrainer(runtime: Runtime, program: TrainingProgram, { normal, threads }: TrainerOptions): Promise<Trainer> {
  const shapes = new Map(program.parameters.flatMap(({ name, shape }) => [name, `mean/${name}`, `square/${name}`].map((state) => [state, shape] as const)));
  let state = new Map<string, Tensor>();
  for (const { name, shape, init } of program.parameters) {
    const start = init(shape, normal);
    if (start.length !== sizeOf(shape)) throw errors.startSize({ parameter: name, shape, length: start.length });
    state.set(name, tensor('f32', shape, start));
    for (const kind of ['mean', 'square']) state.set(`${kind}/${name}`, tensor('f32', shape, new Float32Array(start.length)));
  }
  let stepCount = 0;
  const session: Session = await runtime.load(program.bytes, threads === undefined ? {} : { threads });
  return {
    get stepCount() { return stepCount; },
    async step(feeds, learningRate) {
      const step = stepCount + 1;
      if (!Number.isFinite(learningRate) || learningRate < 0) throw errors.learningRate({ learningRate, step });
      const row = [learningRate, 1 / (1 - adam.beta1 ** step), 1 / (1 - adam.beta2 ** step)];
      const scalars = Object.fromEntries(scalarInputs.map((name, i) => [name, tensor('f32', [], Float32Array.of(row[i]!))]));
      const out = await session.run({ ...Object.fromEntries(state), ...scalars, ...feeds });
      const loss = numberOf(out['loss']!);
      if (!Number.isFinite(loss)) throw errors.notFinite({ step, what: 'the loss', value: String(loss) });
      state = new Map(stateNames(program.parameters).map((name) => [name, out[`next/${name}`]!]));
      stepCount = step;
      return { step, loss, metrics: Object.fromEntries(program.metrics.map((name) => [name, numberOf(out[`metric/${name}`]!)])) };
    },
    parameters: () => new Map(program.parameters.map(({ name, shape }) => [name, tensor('f32', shape, (state.get(name)!.data as Float32Array).slice())])),
    checkpoint: () => packCheckpoint({ step: stepCount, tensors: state }),
    restore(bytes) {
      const { step, tensors } = unpackCheckpoint(bytes);
      const describe = (shapesByName: Iterable<readonly [string, readonly number[]]>): string => [...shapesByName].map(([name, shape]) => `${name}[${shape.join(', ')}]`).join(', ');
      const [expected, found] = [describe(shapes), describe([...tensors].map(([name, { shape }]) => [name, shape] as const))];
      if (expected !== found) throw errors.checkpointMismatch({ expected, found });
      state = new Map(tensors);
      stepCount = step;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

const numberOf = (scalar: Tensor): number => (scalar.data as Float32Array)[0]!;
