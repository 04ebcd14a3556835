import { i64, sizeOf, tensor, type Runtime, type Session, type Tensor } from '@neuron-atlas/onnx';
import { coloursOf } from '@neuron-atlas/priors';
import { chooseRecipe, recipeRecord, type ChosenRecipe, type RecipeRecord } from './choose-recipe.js';
import { errors } from './errors.js';
import { guarded } from './guarded.js';
import { fileReader, type PluginFiles } from './plugin-files.js';
import { builtinPlugins, type Plugins } from './plugins.js';
import type { Program, ProgramMeta } from './program.js';
import { randomStream } from './random.js';
import { createStepTables, type StepTables } from './step-tables.js';

/** What came of one unit. */
export interface Ascent {
  readonly unit: number;
  readonly seed: number;
  /** f32[C, H, W] in 0..1: the last picture or the best, as the recipe says. */
  readonly image: Float32Array;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  /** Of the starting picture, the last one, and the one that is kept, without transforms. */
  readonly scoreStart: number;
  readonly scoreLast: number;
  readonly score: number;
  /** The highest score that the model saw on the way (transformed), and after how many steps. */
  readonly scoreBest: number;
  readonly bestStep: number;
  /** Steps taken; fewer than asked for where the ascent had stopped to rise. */
  readonly steps: number;
  /** Score before each step, of the picture as the model saw it (transformed). */
  readonly trace: Float32Array;
  /** Largest absolute gradient of the latent over all steps; 0 means that nothing ever reached it. */
  readonly gradientNorm: number;
}

/** When a unit's ascent is over before its last step. */
export interface StopRule {
  /** It is looked at every so many steps. */
  readonly patience: number;
  /** Rise of the mean score from one such stretch to the next, as a share of it, below which the ascent is over. */
  readonly gain: number;
}

export interface AscentRequest {
  /** At most the program's batch ÷ `together`; each may stand once. */
  readonly units: readonly number[];
  readonly seed: number;
  /** Of a program that makes pictures of a unit together, the seed of each; `seed` decides the transforms. @default seed, seed + 1, … */
  readonly seeds?: readonly number[];
  /** The picture from which a unit's ascent starts, f32[C, H, W] in 0..1 of the colours of the program's canvas; the prior's own start where there is none. */
  readonly starts?: (unit: number, seed: number) => Float32Array | undefined;
  readonly steps: number;
  readonly stop?: StopRule | undefined;
  /** Steps in one run of the session; between runs the host reports and may stop. */
  readonly chunk: number;
  readonly onChunk?: (doneSteps: number) => void;
  /** The pictures as they stand before each chunk: f32[N, C, H, W] in 0..1, a row for each unit. They cost nothing: the program gives them anyway. */
  readonly onPictures?: (doneSteps: number, pictures: Float32Array, scores: Float32Array) => void;
  readonly signal?: AbortSignal;
}

/** A loaded program. */
export interface Ascender extends AsyncDisposable {
  readonly meta: ProgramMeta;
  /**
   * Climbs for a batch of units at once. The result of a unit depends on the program, the unit, the seed and the steps alone; of a
   * program that makes pictures together, on the list of seeds, and there is one result for each unit and seed.
   */
  run(request: AscentRequest): Promise<readonly Ascent[]>;
}

export interface OpenOptions {
  readonly plugins?: Plugins;
  readonly files?: PluginFiles;
  readonly threads?: number;
}

/** Loads a program on a runtime; its plugins must be here in the versions that it was compiled with. */
export async function openProgram(runtime: Runtime, program: Program, options: OpenOptions = {}): Promise<Ascender> {
  const { meta } = program;
  const recipe = chosenAgain(meta.recipe, options.plugins ?? builtinPlugins);
  const session = await runtime.load(program.bytes, { dataFolder: program.dataFolder, ...(options.threads === undefined ? {} : { threads: options.threads }) });
  const host: Host = { session, meta, recipe, files: options.files ?? new Map(), tables: createStepTables(meta, recipe) };
  return {
    meta,
    run: (request) => climb(host, request),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** The plugins of a record; SYNTHESIS_PLUGIN_VERSION where one has another version here. */
function chosenAgain(record: RecipeRecord, plugins: Plugins): ChosenRecipe {
  const chosen = chooseRecipe({
    prior: record.prior.name, priorParams: record.prior.params, objective: record.objective.name, objectiveParams: record.objective.params,
    regularisers: record.regularisers, transforms: record.transforms, optimiser: record.optimiser, schedule: record.schedule,
    learningRate: record.learningRate, keep: record.keep, letThrough: record.letThrough, steps: 1, size: 1, seeds: [], batch: 1,
  }, plugins);
  const words = ({ prior, objective, regularisers, transforms, optimiser, schedule }: RecipeRecord): string =>
    [prior, objective, ...regularisers, ...transforms, optimiser, schedule].map(({ name, version }) => `${name}@${version}`).join(', ');
  const [compiled, here] = [words(record), words(recipeRecord(chosen))];
  if (compiled !== here) throw errors.pluginVersion({ compiled, here });
  return chosen;
}

interface Host { readonly session: Session; readonly meta: ProgramMeta; readonly recipe: ChosenRecipe; readonly files: PluginFiles; readonly tables: StepTables }
type Tensors = Readonly<Record<string, Tensor>>;

async function climb(host: Host, { units, seed, seeds, starts, steps, stop, chunk, onChunk, onPictures, signal }: AscentRequest): Promise<readonly Ascent[]> {
  const { session, meta, recipe, tables } = host;
  const { batch, together = 1 } = meta;
  const own = together === 1 ? [seed] : seeds ?? Array.from({ length: together }, (_, i) => seed + i);
  if (own.length !== together) throw errors.badSeeds({ seeds: own, together });
  if (units.length === 0 || units.length * together > batch || units.some((unit) => !Number.isInteger(unit) || unit < 0 || unit >= meta.units)) {
    throw errors.badUnits({ units, batch: batch / together, channels: meta.units });
  }
  // A short batch is filled up with its last unit: the program's batch is part of its graph.
  const rows = Array.from({ length: batch }, (_, i) => units[Math.min(Math.floor(i / together), units.length - 1)]!);
  const fixed: Tensors = { units: i64([batch], rows), ...tables.banks(seed) };
  const run = (state: Tensors, table: Tensors, count: number): Promise<Tensors> => session.run({ ...fixed, ...state, ...table, trips: i64([], [count]) });
  // One turn without transforms, whose next latent is thrown away: the score and the picture as they stand.
  const look = async (state: Tensors): Promise<{ readonly scores: Float32Array; readonly image: Float32Array }> => {
    const out = await run(state, tables.neutral, 1);
    return { scores: out['scores']!.data as Float32Array, image: out['image']!.data as Float32Array };
  };

  const rowsOf = tables.forAscent(seed, steps);
  let state = startState(host, rows.map((unit, row) => ({ unit, seed: own[row % together]! })), starts);
  const first = await look(state);
  const trace = new Float32Array(steps * batch);
  const gradient = new Float32Array(batch);
  const over = new Overs(meta, steps);
  for (let done = 0; done < steps && !over.all;) {
    signal?.throwIfAborted();
    // Rows that stop do so at the same steps however the ascent is cut into chunks.
    const count = Math.min(chunk, steps - done, stop === undefined ? steps : stop.patience - (done % stop.patience));
    const out = await run(state, rowsOf(done, count), count);
    onPictures?.(done, out['image']!.data as Float32Array, out['scores']!.data as Float32Array);
    trace.set(out['scores']!.data as Float32Array, done * batch);
    (out['gradients']!.data as Float32Array).forEach((size, i) => { if (!over.has(i % batch)) gradient[i % batch] = Math.max(gradient[i % batch]!, size); });
    state = Object.fromEntries(Object.keys(state).map((name) => [name, out[`next_${name}`]!]));
    done += count;
    if (stop !== undefined && done % stop.patience === 0) over.note(state, trace, done, stop);
    onChunk?.(done);
  }
  signal?.throwIfAborted();
  const end = over.ended(state);
  const last = await look(end);
  const best = recipe.keep === 'best' ? await look({ ...end, latent: end['best']! }) : last;
  const pixels = meta.channels * meta.height * meta.width;
  return Array.from({ length: units.length * together }, (_, row) => ({
    unit: rows[row]!,
    seed: own[row % together]!,
    image: best.image.slice(row * pixels, (row + 1) * pixels),
    channels: meta.channels,
    width: meta.width,
    height: meta.height,
    scoreStart: first.scores[row]!,
    scoreLast: last.scores[row]!,
    score: best.scores[row]!,
    scoreBest: (end['best_score']!.data as Float32Array)[row]!,
    bestStep: (end['best_step']!.data as Float32Array)[row]!,
    steps: over.steps(row),
    trace: Float32Array.from({ length: over.steps(row) }, (_, i) => trace[i * batch + row]!),
    gradientNorm: gradient[row]!,
  }));
}

/** Which rows are over, and the state that each had then: what the others do goes on without changing it. */
class Overs {
  readonly #batch: number;
  readonly #steps: number;
  readonly #at = new Map<number, { readonly steps: number; readonly state: Tensors }>();

  constructor({ batch }: ProgramMeta, steps: number) { this.#batch = batch; this.#steps = steps; }

  get all(): boolean { return this.#at.size === this.#batch; }
  has(row: number): boolean { return this.#at.has(row); }
  steps(row: number): number { return this.#at.get(row)?.steps ?? this.#steps; }

  note(state: Tensors, trace: Float32Array, done: number, { patience, gain }: StopRule): void {
    if (done < 2 * patience) return;
    const mean = (row: number, from: number): number => Array.from({ length: patience }, (_, i) => trace[(from + i) * this.#batch + row]!).reduce((a, b) => a + b, 0) / patience;
    for (let row = 0; row < this.#batch; row++) {
      if (this.#at.has(row)) continue;
      const [before, now] = [mean(row, done - 2 * patience), mean(row, done - patience)];
      if (now - before < gain * Math.abs(before)) this.#at.set(row, { steps: done, state });
    }
  }

  /** Every row as it was when it was over. */
  ended(state: Tensors): Tensors {
    if (this.#at.size === 0) return state;
    return Object.fromEntries(Object.entries(state).map(([name, value]) => {
      const data = Float32Array.from(value.data as Float32Array);
      const size = data.length / this.#batch;
      for (const [row, { state: then }] of this.#at) data.set((then[name]!.data as Float32Array).subarray(row * size, (row + 1) * size), row * size);
      return [name, tensor('f32', value.shape, data)];
    }));
  }
}

/** Of a picture with an alpha channel that starts from one without: seen, and not so near to 1 that no gradient is left. */
const startOpacity = 0.9;

/** Every row of a seed starts from the same latent, unless it is given a picture: its pictures then differ by their units alone. */
function startState({ meta, recipe: { prior: { plugin: prior, params }, optimiser }, files }: Host, rows: readonly { readonly unit: number; readonly seed: number }[], starts: AscentRequest['starts']): Tensors {
  const size = sizeOf(meta.latentShape.slice(1));
  const checked = (row: Float32Array): Float32Array => {
    if (row.length !== size || !row.every(Number.isFinite)) {
      throw errors.pluginFailed({ kind: 'prior', plugin: prior.name, detail: row.length === size ? 'starts from a latent that is not finite' : `starts from ${row.length} numbers, its latent has ${size}` });
    }
    return row;
  };
  const own = new Map([...new Set(rows.map(({ seed }) => seed))].map((seed) => {
    const { normal, uniform } = randomStream(seed, 'latent');
    return [seed, checked(guarded('prior', prior, 'init', () => prior.init({ size, normal, uniform, canvas: meta.canvas, params: params as never, file: fileReader(prior, params, files) })))] as const;
  }));
  const from = (picture: Float32Array): Float32Array => {
    const { height, width } = meta.canvas;
    const channels = coloursOf(meta.canvas);
    if (picture.length !== channels * height * width) throw errors.badStart({ length: picture.length, channels, height, width });
    const whole = new Float32Array(meta.canvas.channels * height * width).fill(startOpacity);
    whole.set(picture);
    return checked(guarded('prior', prior, 'startAt', () => prior.startAt!({ picture: whole, canvas: meta.canvas, params: params as never })));
  };
  const latent = new Float32Array(meta.batch * size);
  rows.forEach(({ unit, seed }, i) => {
    const picture = starts?.(unit, seed);
    latent.set(picture === undefined ? own.get(seed)! : from(picture), i * size);
  });
  const zeros = (): Tensor => tensor('f32', meta.latentShape, new Float32Array(latent.length));
  return {
    latent: tensor('f32', meta.latentShape, latent),
    ...Object.fromEntries(optimiser.plugin.state.map((name) => [`state.${name}`, zeros()])),
    best: tensor('f32', meta.latentShape, latent),
    best_score: tensor('f32', [meta.batch], new Float32Array(meta.batch).fill(-3e38)),
    best_step: tensor('f32', [meta.batch], new Float32Array(meta.batch)),
  };
}
