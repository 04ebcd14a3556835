import { gradients, type RuleSet } from '@neuron-atlas/autodiff';
import { GraphBuilder, type ModelFile, sizeOf, type Value, writeModelFile } from '@neuron-atlas/onnx';
import { adamStep } from './adam-step.js';
import { errors } from './errors.js';
import type { Parameter } from './parameter.js';

export interface TrainingOptions {
  readonly parameters: readonly Parameter[];
  /** The network and its loss; what is fed at each step are the inputs that it makes on `g`. */
  readonly build: (ctx: { readonly g: GraphBuilder; readonly parameter: (name: string) => Value }) => {
    /** One number, to be made small. */
    readonly loss: Value;
    /** One number each, by name; a loss that is no number is blamed on the first of them that is none. */
    readonly metrics?: Readonly<Record<string, Value>>;
    /** What further parameters pursue in the same step, such as the adversary of a generator. */
    readonly goals?: readonly Goal[];
  };
  /** λ of the decoupled weight decay, for parameters of two dimensions and more: not for biases. @default 0 */
  readonly weightDecay?: number;
  /** Rules of differentiation, where the built-in ones are not what is wanted. */
  readonly rules?: RuleSet;
  /** @default 18 */
  readonly opset?: number;
}

/** A loss of its own for some of the parameters; `loss` then moves the others. */
export interface Goal {
  /** One number, to be made small. */
  readonly loss: Value;
  readonly parameters: readonly string[];
  /** Values through which this goal's gradient does not pass. */
  readonly constant?: readonly Value[];
  /** Its learning rate as a multiple of the step's. @default 1 */
  readonly rate?: number;
}

/**
 * One training step as an ONNX file, and what a host must know to run it.
 *
 * Inputs: every parameter, its `mean/…` and `square/…`, the scalars of `scalarInputs`, and what `build` made.
 * Outputs: `next/…` of each state, `loss`, and `metric/…`, all taken before the step.
 */
export interface TrainingProgram extends ModelFile {
  readonly parameters: readonly Parameter[];
  readonly metrics: readonly string[];
}

export const scalarInputs = ['learning_rate', 'mean_correction', 'square_correction'] as const;

/** The values that a step takes and gives back changed. */
export const stateNames = (parameters: readonly Parameter[]): readonly string[] =>
  parameters.flatMap(({ name }) => [name, `mean/${name}`, `square/${name}`]);

/**
 * Compiles a step of Adam: forward, gradients of all parameters, update.
 *
 * Parameters are inputs and outputs, so one session serves the whole training. Throws TRAINING_DUPLICATE_PARAMETER,
 * _UNKNOWN_PARAMETER, _UNUSED_PARAMETER, _LOSS_SHAPE, and what libs/autodiff throws for operators without a gradient.
 */
export function compileTraining({ parameters, build, weightDecay = 0, rules, opset = 18 }: TrainingOptions): TrainingProgram {
  const g = new GraphBuilder({ opset });
  const states = new Map<string, { readonly x: Value; readonly mean: Value; readonly square: Value }>();
  for (const { name, shape } of parameters) {
    if (states.has(name)) throw errors.duplicateParameter({ parameter: name });
    states.set(name, { x: g.input(name, 'f32', shape), mean: g.input(`mean/${name}`, 'f32', shape), square: g.input(`square/${name}`, 'f32', shape) });
  }
  const [learningRate, meanCorrection, squareCorrection] = scalarInputs.map((name) => g.input(name, 'f32', [])) as [Value, Value, Value];

  const used = new Set<string>();
  const { loss, metrics = {}, goals = [] } = build({
    g,
    parameter: (name) => {
      const state = states.get(name);
      if (state === undefined) throw errors.unknownParameter({ parameter: name, parameters: [...states.keys()] });
      used.add(name);
      return state.x;
    },
  });
  for (const { name } of parameters) if (!used.has(name)) throw errors.unusedParameter({ parameter: name });
  for (const [what, value] of [['loss', loss], ...goals.map((goal) => ['a goal', goal.loss] as const), ...Object.entries(metrics)] as const) {
    if (sizeOf(value.shape) !== 1) throw errors.lossShape({ what, shape: value.shape });
  }
  if (metrics['loss'] !== undefined) throw errors.reservedName({ metric: 'loss' });

  const slopes = slopesOf(g, { loss, goals, names: [...states.keys()], at: (name) => states.get(name)!.x, rules });
  const named = (value: Value, name: string): Value => g.emit('Identity', [value], {}, [{ dtype: value.dtype, shape: value.shape, name }])[0]!;
  const outputs = parameters.flatMap(({ name, shape }) => {
    const { slope, rate } = slopes.get(name)!;
    const next = g.within(`adam/${name}`, () => {
      const row = { learningRate: rate === 1 ? learningRate : g.mul(learningRate, rate), meanCorrection, squareCorrection };
      return adamStep(g, states.get(name)!, slope, row, shape.length >= 2 ? weightDecay : 0);
    });
    return [named(next.x, `next/${name}`), named(next.mean, `next/mean/${name}`), named(next.square, `next/square/${name}`)];
  });
  const scalars = [named(g.reshape(loss, []), 'loss'), ...Object.entries(metrics).map(([name, value]) => named(g.reshape(value, []), `metric/${name}`))];
  return {
    ...writeModelFile({
      irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', opset]]), functions: [], metadata: new Map(),
      graph: g.build('training-step', [...outputs, ...scalars]),
    }),
    parameters,
    metrics: Object.keys(metrics),
  };
}

interface Slopes {
  readonly loss: Value;
  readonly goals: readonly Goal[];
  readonly names: readonly string[];
  readonly at: (name: string) => Value;
  readonly rules: RuleSet | undefined;
}

/** The gradient of each parameter's own goal. */
function slopesOf(g: GraphBuilder, { loss, goals, names, at, rules }: Slopes): ReadonlyMap<string, { readonly slope: Value; readonly rate: number }> {
  const taken = goals.flatMap(({ parameters }) => parameters);
  for (const name of taken) if (!names.includes(name)) throw errors.unknownParameter({ parameter: name, parameters: names });
  const twice = taken.find((name, index) => taken.indexOf(name) !== index);
  if (twice !== undefined) throw errors.duplicateParameter({ parameter: twice });
  const all: readonly Goal[] = [{ loss, parameters: names.filter((name) => !taken.includes(name)) }, ...goals];
  return new Map(all.filter(({ parameters }) => parameters.length > 0).flatMap((goal) => {
    const slopes = gradients(g, { of: goal.loss, wrt: goal.parameters.map(at), skip: goal.constant ?? [], ...(rules === undefined ? {} : { rules }) });
    return goal.parameters.map((name, index) => [name, { slope: slopes[index]!, rate: goal.rate ?? 1 }] as const);
  }));
}
