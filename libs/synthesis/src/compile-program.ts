import { gradients } from '@neuron-atlas/autodiff';
import { isAtlasError } from '@neuron-atlas/errors';
import {
  foldBatchNorm, followedByRelu, graft, GraphBuilder, i64, specialize, writeModel,
  type Graph, type Model, type Runtime, type StaticGraph, type Value, type ValueInfo,
} from '@neuron-atlas/onnx';
import { builtinObjectives, createObjectiveSet, type ObjectiveSet } from '@neuron-atlas/objectives';
import { builtinPriors, createPriorSet, type Canvas, type PriorSet } from '@neuron-atlas/priors';
import { adamStep, stepColumns } from './adam.js';
import { type Borders, withBorders, wrapped } from './borders.js';
import { errors } from './errors.js';
import { preprocess } from './preprocess.js';
import type { Program, ProgramSource } from './program.js';

export interface CompileOptions extends ProgramSource {
  /** Read and brought to opset 18 to 22 (libs/onnx readModel, upgradeOpset). */
  readonly model: Model;
  /** Learns the static shapes; the program itself may run on another provider. */
  readonly runtime: Runtime;
  readonly priors?: PriorSet;
  readonly objectives?: ObjectiveSet;
  /**
   * What stands beyond the borders of every map; for studies, no part of a program's key. On a torus the shift goes round.
   * @default 'model'
   */
  readonly borders?: Borders;
}

/**
 * Compiles a whole ascent into one graph: prior ∘ jitter ∘ preprocessing ∘ model cut at the layer ∘ objective, its
 * gradient and Adam, inside one `Loop` whose trip count is an input (docs/decisions/0001-the-gradient-is-a-graph.md).
 *
 * The canvas is `view.size` square where the cut graph takes any size, else the model's own input size.
 */
export async function compileProgram(options: CompileOptions): Promise<Program> {
  const { view } = options;
  const { prior, params: priorParams } = (options.priors ?? createPriorSet(builtinPriors)).choose(view.prior, view.priorParams);
  const { objective, params: objectiveParams } = (options.objectives ?? createObjectiveSet(builtinObjectives)).choose(view.objective, view.objectiveParams);
  const { borders = 'model' } = options;
  const cut = withBorders(foldBatchNorm(await cutAtLayer(options, objective.taps({ tensor: options.tensor }))), borders);
  const [batch, channels, height, width] = cut.input.shape as [number, number, number, number];
  const units = cut.types.get(options.tensor)?.shape[1];
  if (units === undefined) throw errors.noUnits({ tensor: options.tensor });
  const jitter = prior.jitter(priorParams);
  const margin = borders === 'torus' ? 0 : jitter;
  const canvas: Canvas = { batch, channels, height: height + 2 * margin, width: width + 2 * margin };
  const latentShape = prior.latent({ canvas, params: priorParams });

  const g = new GraphBuilder({ opset: cut.opset });
  const trips = g.input('trips', 'i64', []);
  const unitIndices = g.input('units', 'i64', [batch]);
  const latent = g.input('latent', 'f32', latentShape);
  const mean = g.input('mean', 'f32', latentShape);
  const square = g.input('square', 'f32', latentShape);
  const rows = g.input('rows', 'f32', [placeholderSteps, stepColumns.length]);
  const offsets = g.input('offsets', 'i64', [placeholderSteps, 2]);
  const mask = g.oneHot(unitIndices, units);
  const rectified = followedByRelu(options.model, options.tensor);

  const { carried, scans } = g.loop(trips, [latent, mean, square], placeholderSteps, (body, turn, [x, m, v]) => {
    const row = body.gather(rows, turn, 0);
    const drawn = body.within('prior', () => prior.build({ g: body, latent: x!, canvas, params: priorParams }));
    const around = margin === jitter ? drawn : [2, 3].reduce((value, axis) => wrapped(body, value, axis, jitter, jitter), drawn);
    const seen = jitter === 0 ? drawn : body.window(around, body.gather(offsets, turn, 0), [height, width], [2, 3]);
    const tap = graft(body, cut, body.within('preprocess', () => preprocess(body, seen, options.preprocess)));
    const score = body.within('objective', () => objective.build({ g: body, target: { tensor: options.tensor, mask, rectified }, params: objectiveParams, tap }));
    const [gradient] = gradients(body, { of: score, wrt: [x!] });
    const perRow = latentShape.slice(1).map((_, i) => i + 1);
    const largest = body.reduceMax(body.abs(gradient!), perRow);
    const next = body.within('adam', () => adamStep(body, { x: x!, m: m!, v: v! }, gradient!, row));
    const step = body.reshape(body.slice(row, [3], [4], [0]), []);
    const kept = prior.constrain === undefined ? next.x
      : body.within('prior', () => prior.constrain!({ g: body, latent: next.x, step, canvas, params: priorParams }));
    return { next: [kept, next.m, next.v], scans: [score, largest] };
  });

  const whole = g.within('picture', () => prior.build({ g, latent, canvas, params: priorParams }));
  const picture = margin === 0 ? whole : g.window(whole, g.constant(i64([2], [jitter, jitter])), [height, width], [2, 3]);
  const outputs = Object.entries({
    next_latent: carried[0]!, next_mean: carried[1]!, next_square: carried[2]!, scores: scans[0]!, gradients: scans[1]!, image: picture,
  }).map(([name, value]) => named(g, name, value));
  return {
    bytes: writeModel({
      irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', cut.opset]]), functions: [], metadata: new Map(),
      graph: withSymbolicSteps(g.build('ascent', outputs)),
    }),
    meta: {
      format: 1, modelSha256: options.modelSha256, tensor: options.tensor, batch, channels, height, width, units, latentShape, jitter,
      learningRate: view.learningRate,
      prior: { name: prior.name, version: prior.version, params: priorParams },
      objective: { name: objective.name, version: objective.version, params: objectiveParams },
    },
  };
}

/** Graph inputs of K rows: the builder wants a number, the file says `K`. */
const placeholderSteps = 1;
const tables = new Set(['rows', 'offsets', 'scores', 'gradients']);

function withSymbolicSteps(graph: Graph): Graph {
  const symbolic = (info: ValueInfo): ValueInfo => (tables.has(info.name) ? { ...info, shape: ['K', ...info.shape!.slice(1)] } : info);
  return { ...graph, inputs: graph.inputs.map(symbolic), outputs: graph.outputs.map(symbolic) };
}

const named = (g: GraphBuilder, name: string, value: Value): Value =>
  g.emit('Identity', [value], {}, [{ dtype: value.dtype, shape: value.shape, name }])[0]!;

/** The model cut at the layer, on the spec's canvas if it can, else on the model's own. */
async function cutAtLayer({ model, input, view, runtime }: CompileOptions, outputs: readonly string[]): Promise<StaticGraph> {
  const [, channels, height, width] = input.shape;
  if (input.shape.length !== 4 || channels === undefined || channels < 1) throw errors.notAnImage({ name: input.name, shape: input.shape });
  const at = (h: number, w: number): Promise<StaticGraph> =>
    specialize(model, { input: input.name, shape: [view.batch, channels, h, w], outputs, runtime });
  const own = height! > 0 && width! > 0 && (height !== view.size || width !== view.size);
  try {
    return await at(view.size, view.size);
  } catch (error) {
    // Only a graph that cannot take this size goes on to its own; memory that ran out, say, must not change the picture.
    if (!own || !isAtlasError(error) || !refusesSize.has(error.code)) throw error;
    return at(height!, width!);
  }
}

/** What comes back of a canvas that does not fit: from a head of fixed size, at the file's batch or at ours. */
const refusesSize = new Set(['ONNX_RUNTIME_REFUSES', 'ONNX_NOT_BATCHABLE']);
