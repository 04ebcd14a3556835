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
   * TRAINING_NOT_FINITE for a loss, a metric or a parameter that is NaN or infinite, by its name: the parameters then stay
   * as they were before the step.
   */
  step(feeds: Readonly<Record<string, Tensor>>, learningRate: number): Promise<StepResult>;
  /** Copies of the parameters, by name. */
  parameters(): ReadonlyMap<string, Tensor>;
  /** All that the next steps depend on, what is fed to them apart; and what the caller wants kept `beside` it. */
  checkpoint(beside?: Beside): Uint8Array;
  /** Takes up where a checkpoint of the same network was made; the same steps then give the same bytes. Gives what lay beside it. */
  restore(checkpoint: Uint8Array): Required<Beside>;
}

/** What a caller keeps in a checkpoint beside the state of the training. */
export interface Beside {
  readonly notes?: unknown;
  /** f32, by names of the caller's. */
  readonly tensors?: ReadonlyMap<string, Tensor>;
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
  const session: Session = await runtime.load(program.bytes, { dataFolder: program.dataFolder, ...(threads === undefined ? {} : { threads }) });
  return {
    get stepCount() { return stepCount; },
    async step(feeds, learningRate) {
      const step = stepCount + 1;
      if (!Number.isFinite(learningRate) || learningRate < 0) throw errors.learningRate({ learningRate, step });
      const row = [learningRate, 1 / (1 - adam.beta1 ** step), 1 / (1 - adam.beta2 ** step)];
      const scalars = Object.fromEntries(scalarInputs.map((name, i) => [name, tensor('f32', [], Float32Array.of(row[i]!))]));
      const out = await session.run({ ...Object.fromEntries(state), ...scalars, ...feeds });
      const loss = numberOf(out['loss']!);
      const metrics = Object.fromEntries(program.metrics.map((name) => [name, numberOf(out[`metric/${name}`]!)]));
      // The terms first: a sum is no number where one of them is none.
      for (const [name, value] of [...Object.entries(metrics), ['the loss', loss] as const]) {
        if (!Number.isFinite(value)) throw errors.notFinite({ step, what: name, value: String(value) });
      }
      const next = new Map(stateNames(program.parameters).map((name) => [name, out[`next/${name}`]!]));
      for (const { name } of program.parameters) {
        if (!allFinite(next.get(name)!.data as Float32Array)) throw errors.notFinite({ step, what: `the parameter ${name}`, value: 'NaN or infinite' });
      }
      state = next;
      stepCount = step;
      return { step, loss, metrics };
    },
    parameters: () => new Map(program.parameters.map(({ name, shape }) => [name, tensor('f32', shape, (state.get(name)!.data as Float32Array).slice())])),
    checkpoint: ({ notes = null, tensors = new Map<string, Tensor>() } = {}) => packCheckpoint({
      step: stepCount, notes, tensors: new Map([...state, ...[...tensors].map(([name, value]) => [`${besidePrefix}${name}`, value] as const)]),
    }),
    restore(bytes) {
      const { step, tensors, notes } = unpackCheckpoint(bytes);
      const own = [...tensors].filter(([name]) => !name.startsWith(besidePrefix));
      const describe = (shapesByName: Iterable<readonly [string, readonly number[]]>): string => [...shapesByName].map(([name, shape]) => `${name}[${shape.join(', ')}]`).join(', ');
      const [expected, found] = [describe(shapes), describe(own.map(([name, { shape }]) => [name, shape] as const))];
      if (expected !== found) throw errors.checkpointMismatch({ expected, found });
      state = new Map(own);
      stepCount = step;
      return { notes, tensors: new Map([...tensors].filter(([name]) => name.startsWith(besidePrefix)).map(([name, value]) => [name.slice(besidePrefix.length), value])) };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** A loop: `every` calls a function for each of some hundred thousand numbers a step, which takes milliseconds. */
function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

const besidePrefix = 'beside/';
const numberOf = (scalar: Tensor): number => (scalar.data as Float32Array)[0]!;
