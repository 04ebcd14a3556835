import { gradients } from '@neuron-atlas/autodiff';
import {
  foldBatchNorm, followedByRelu, graft, GraphBuilder, i64, tensor, unitMap, writeModelFile,
  type Graph, type Model, type Runtime, type Value, type ValueInfo,
} from '@neuron-atlas/onnx';
import type { Canvas } from '@neuron-atlas/priors';
import { backgroundColumns, backgroundField, backgroundOf, laidOn, partsOf, spectrumShape } from './background.js';
import { type Borders, withBorders, wrapped } from './borders.js';
import { chooseRecipe, recipeRecord } from './choose-recipe.js';
import { cutAtLayer } from './cut-at-layer.js';
import { errors } from './errors.js';
import { built, guarded } from './guarded.js';
import { fileReader, type PluginFiles } from './plugin-files.js';
import { builtinPlugins, type Plugins } from './plugins.js';
import { neutralPicture, preprocess } from './preprocess.js';
import type { Program, ProgramSource } from './program.js';
import { givenPicture } from './given-picture.js';
import { applyChain, banksOf, chainOf } from './transform-chain.js';

export interface CompileOptions extends ProgramSource {
  /** Read and brought to opset 18 to 22 (libs/onnx readModel, upgradeOpset). */
  readonly model: Model;
  /** Learns the static shapes; the program itself may run on another provider. */
  readonly runtime: Runtime;
  readonly plugins?: Plugins;
  /** What params name as files. */
  readonly files?: PluginFiles;
  /**
   * What stands beyond the borders of every map; for studies, no part of a program's key. On a torus the shift goes round.
   * @default 'model'
   */
  readonly borders?: Borders;
}

/**
 * Compiles a whole ascent into one graph: prior ∘ transforms ∘ preprocessing ∘ model cut at the layer ∘ objective, less the
 * penalties, its gradient, the optimiser and the regularisers' steps, inside one `Loop` whose trip count is an input
 * (docs/decisions/0001-the-gradient-is-a-graph.md).
 *
 * The model's canvas is `view.size` square where the cut graph takes any size, else the model's own input size.
 */
export async function compileProgram(options: CompileOptions): Promise<Program> {
  const { view, files = new Map() as PluginFiles, borders = 'model' } = options;
  const recipe = chooseRecipe(view, options.plugins ?? builtinPlugins);
  const { prior: { plugin: prior, params: priorParams }, objective: { plugin: objective, params: objectiveParams }, optimiser: { plugin: optimiser, params: optimiserParams } } = recipe;
  const { copies } = chainOf(recipe.transforms, { height: 0, width: 0 });
  const taps = guarded('objective', objective, 'taps', () => objective.taps({ tensor: options.tensor }));
  // Pictures of one unit that are compared stand side by side in a batch.
  const together = objective.together === true ? view.seeds.length : 1;
  const batch = view.batch * together;
  const cut = withBorders(foldBatchNorm(await cutAtLayer({ ...options, size: view.size, batch: batch * copies }, taps)), borders);
  const [, channels, height, width] = cut.input.shape as [number, number, number, number];
  const { axis = 1, kind = 'channel' } = options;
  const units = cut.types.get(options.tensor)?.shape[axis];
  if (units === undefined) throw errors.noUnits({ tensor: options.tensor });

  const chain = chainOf(recipe.transforms, { height, width });
  const round = borders === 'torus' ? Math.max(0, chain.margin) : 0;
  const grown = 2 * (chain.margin - round);
  const neutral = neutralPicture(options.preprocess, channels);
  const opacityCost = guarded('prior', prior, 'opacity', () => prior.opacity?.({ params: priorParams as never }) ?? 0);
  const ground = { channels, height: height + grown, width: width + grown };
  const colours: Canvas = { batch, ...ground, neutral };
  const canvas: Canvas = opacityCost > 0 ? { ...colours, channels: channels + 1, alpha: true } : colours;
  if (Math.min(canvas.height, canvas.width) < 2) throw errors.canvasTooSmall({ height, width, margin: chain.margin });
  const file = fileReader(prior, priorParams, files);
  const prepared = await prior.prepare?.({ canvas, params: priorParams as never, file, runtime: options.runtime });
  const priorContext = { canvas, params: priorParams as never, prepared };
  const latentShape = guarded('prior', prior, 'latent', () => prior.latent(priorContext));
  const draw = (g: GraphBuilder, latent: Value): Value =>
    built('prior', prior, 'build', [batch, canvas.channels, canvas.height, canvas.width], () => g.within('prior', () => prior.build({ g, latent, ...priorContext })));

  const g = new GraphBuilder({ opset: cut.opset });
  const trips = g.input('trips', 'i64', []);
  const unitIndices = g.input('units', 'i64', [batch]);
  const carriedIn = ['latent', ...optimiser.state.map((name) => `state.${name}`), 'best'].map((name) => g.input(name, 'f32', latentShape));
  const bestScore = g.input('best_score', 'f32', [batch]);
  const bestStep = g.input('best_step', 'f32', [batch]);
  const count = guarded('optimiser', optimiser, 'numbers', () => optimiser.numbers(optimiserParams as never, 1)).length;
  const rows = g.input('rows', 'f32', [placeholderSteps, 2 + count]);
  const draws = g.input('draws', 'f32', [placeholderSteps, Math.max(1, chain.columns + (opacityCost > 0 ? backgroundColumns : 0))]);
  const banks = banksOf(chain, channels).map((bank) => bank && g.input(bank.name, 'f32', bank.shape));
  // Of a transparent picture: a random one that it lies on in its ascent, the same for all steps, and the neutral colour, on which it is scored.
  const plain = opacityCost > 0 ? g.constant(tensor('f32', [1, channels, 1, 1], Float32Array.from(neutral))) : undefined;
  const field = opacityCost > 0 ? g.within('background', () => backgroundField(g, g.input('background', 'f32', spectrumShape(ground)), ground)) : undefined;
  const rowMask = g.oneHot(unitIndices, units);
  const mask = copies === 1 ? rowMask : g.reshape(g.expand(g.reshape(rowMask, [batch, 1, units]), [batch, copies, units]), [batch * copies, units]);
  const rectified = followedByRelu(options.model, options.tensor);
  const objectiveFile = fileReader(objective, objectiveParams, files);
  const unitsFirst = (on: GraphBuilder, activation: (name: string) => Value) => (name: string): Value =>
    (name === options.tensor ? on.within('objective', () => unitMap(on, activation(name), { axis, kind })) : activation(name));
  // Outside the loop: it is the same for every step.
  const pictured = (param: string): ((name: string) => Value) => {
    const shown = givenPicture(objective, param, objectiveFile(param), { channels, height, width });
    return unitsFirst(g, graft(g, cut, g.within('pictured', () => g.expand(preprocess(g, g.constant(shown), options.preprocess), [batch * copies, channels, height, width]))));
  };

  const { carried, scans } = g.loop(trips, [...carriedIn, bestScore, bestStep], placeholderSteps, (body, turn, inside) => {
    const x = inside[0]!;
    const state = inside.slice(1, 1 + optimiser.state.length);
    const [best, highest, when] = inside.slice(1 + optimiser.state.length) as [Value, Value, Value];
    const row = body.gather(rows, turn, 0);
    const number = (index: number): Value => body.reshape(body.slice(row, [index], [index + 1], [0]), []);
    const image = draw(body, x);
    const flat = field === undefined ? image
      : body.within('background', () => laidOn(body, image, backgroundOf(body, field, body.slice(body.gather(draws, turn, 0), [chain.columns], [chain.columns + backgroundColumns], [0]), plain!, ground)));
    const around = round === 0 ? flat : [2, 3].reduce((value, axis) => wrapped(body, value, axis, round, round), flat);
    const seen = body.within('transform', () => applyChain(body, chain, around, body.gather(draws, turn, 0), banks, neutral));
    const activation = graft(body, cut, body.within('preprocess', () => preprocess(body, seen, options.preprocess)));
    const each = built('objective', objective, 'build', [batch * copies], () => body.within('objective', () => objective.build({
      g: body, target: { tensor: options.tensor, mask, rectified, together, copies }, params: objectiveParams as never, tap: unitsFirst(body, activation), file: objectiveFile, pictured,
    })));
    const score = copies === 1 ? each : body.mean(body.reshape(each, [batch, copies]), [1]);
    // score − |score| · w · mean α: the published score · (1 − w · mean α), but that below zero opacity does not pay.
    const worth = plain === undefined ? score
      : body.sub(score, body.mul(body.mul(body.abs(score), body.mean(partsOf(body, image).opacity, [1, 2, 3])), opacityCost));
    const shownFlat = plain === undefined ? image : laidOn(body, image, plain);
    const climbed = recipe.regularisers.reduce((total, { plugin, params }) => (plugin.penalty === undefined ? total
      : body.sub(total, built('regulariser', plugin, 'penalty', [batch], () => body.within(plugin.name, () => plugin.penalty!({ g: body, image: shownFlat, latent: x, canvas: colours, params: params as never }))))), worth);
    const letThrough = recipe.letThrough === undefined ? {} : { letThrough: body.cast(body.less(number(1), recipe.letThrough + 0.5), 'f32') };
    const [slope] = gradients(body, { of: climbed, wrt: [x], ...letThrough });
    const perRow = latentShape.slice(1).map((_, i) => i + 1);
    const largest = body.reduceMax(body.abs(slope!), perRow);
    const gradient = prior.guide === undefined ? slope!
      : body.add(slope!, built('prior', prior, 'guide', latentShape, () => body.within('prior', () => prior.guide!({ g: body, latent: x, image, ...priorContext }))));
    const moved = guarded('optimiser', optimiser, 'step', () => body.within(optimiser.name, () => optimiser.step({
      g: body, x, gradient, state, rate: number(0), numbers: Array.from({ length: count }, (_, i) => number(2 + i)), params: optimiserParams as never,
    })));
    const step = number(1);
    const kept = recipe.regularisers.reduce((latent, { plugin, params }) => (plugin.after === undefined ? latent
      : built('regulariser', plugin, 'after', latentShape, () => body.within(plugin.name, () => plugin.after!({ g: body, latent, gradient, step, canvas, params: params as never })))), moved.x);
    const held = prior.constrain === undefined ? kept
      : built('prior', prior, 'constrain', latentShape, () => body.within('prior', () => prior.constrain!({ g: body, latent: kept, step, ...priorContext })));
    const better = body.greater(score, highest);
    const betterRows = body.reshape(better, [batch, ...latentShape.slice(1).map(() => 1)]);
    return {
      next: [held, ...moved.state, body.where(betterRows, x, best), body.where(better, score, highest), body.where(better, body.expand(body.sub(step, 1), [batch]), when)],
      scans: [score, largest],
    };
  });

  const whole = g.within('picture', () => draw(g, carriedIn[0]!));
  const [shown, trimmed] = [{ height: Math.min(height, canvas.height), width: Math.min(width, canvas.width) }, Math.max(0, grown / 2)];
  const picture = trimmed === 0 ? whole : g.window(whole, g.constant(i64([2], [trimmed, trimmed])), [shown.height, shown.width], [2, 3]);
  const outputs = [
    ...carried.slice(0, carriedIn.length).map((value, i) => [`next_${carriedIn[i]!.name}`, value] as const),
    ['next_best_score', carried[carriedIn.length]!] as const, ['next_best_step', carried[carriedIn.length + 1]!] as const,
    ['scores', scans[0]!] as const, ['gradients', scans[1]!] as const, ['image', picture] as const,
  ].map(([name, value]) => named(g, name, value));
  return {
    ...writeModelFile({
      irVersion: 10, producer: 'neuron-atlas', opsets: new Map([['', cut.opset]]), functions: [], metadata: new Map(),
      graph: withSymbolicSteps(g.build('ascent', outputs)),
    }),
    meta: {
      format: 2, modelSha256: options.modelSha256, tensor: options.tensor, batch, channels: canvas.channels, height: shown.height, width: shown.width, units, latentShape,
      canvas, seen: { height, width }, recipe: recipeRecord(recipe), ...(together === 1 ? {} : { together }),
    },
  };
}

/** Graph inputs of K rows: the builder wants a number, the file says `K`. */
const placeholderSteps = 1;
const tables = new Set(['rows', 'draws', 'scores', 'gradients']);

function withSymbolicSteps(graph: Graph): Graph {
  const symbolic = (info: ValueInfo): ValueInfo => (tables.has(info.name) ? { ...info, shape: ['K', ...info.shape!.slice(1)] } : info);
  return { ...graph, inputs: graph.inputs.map(symbolic), outputs: graph.outputs.map(symbolic) };
}

const named = (g: GraphBuilder, name: string, value: Value): Value =>
  g.emit('Identity', [value], {}, [{ dtype: value.dtype, shape: value.shape, name }])[0]!;
