import { f32, i64, sizeOf, tensor, type Runtime, type Session, type Tensor } from '@neuron-atlas/onnx';
import { builtinPriors, createPriorSet, type ChosenPrior, type PriorSet } from '@neuron-atlas/priors';
import { stepColumns, stepRow } from './adam.js';
import { errors } from './errors.js';
import type { Program, ProgramMeta } from './program.js';
import { randomStream } from './random.js';

/** What came of one unit. */
export interface Ascent {
  readonly unit: number;
  /** f32[C, H, W] in 0..1 */
  readonly image: Float32Array;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  /** Of the starting picture and of the last one, without jitter. */
  readonly scoreStart: number;
  readonly score: number;
  /** Score before each step, of the picture as the model saw it (jittered). */
  readonly trace: Float32Array;
  /** Largest absolute gradient of the latent over all steps; 0 means that nothing ever reached it. */
  readonly gradientNorm: number;
}

export interface AscentRequest {
  /** At most the program's batch; each may stand once. */
  readonly units: readonly number[];
  readonly seed: number;
  readonly steps: number;
  /** Steps in one run of the session; between runs the host reports and may stop. */
  readonly chunk: number;
  readonly onChunk?: (doneSteps: number) => void;
  readonly signal?: AbortSignal;
}

/** A loaded program. */
export interface Ascender extends AsyncDisposable {
  readonly meta: ProgramMeta;
  /** Climbs for a batch of units at once. The result of a unit depends on the program, the unit, the seed and the steps alone. */
  run(request: AscentRequest): Promise<readonly Ascent[]>;
}

/** Loads a program on a runtime; its prior must be here in the version that it was compiled with. */
export async function openProgram(runtime: Runtime, program: Program, options: { readonly priors?: PriorSet; readonly threads?: number } = {}): Promise<Ascender> {
  const { meta } = program;
  const chosen = (options.priors ?? createPriorSet(builtinPriors)).choose(meta.prior.name, meta.prior.params);
  if (chosen.prior.version !== meta.prior.version) {
    throw errors.priorVersion({ prior: meta.prior.name, compiled: meta.prior.version, here: chosen.prior.version });
  }
  const session = await runtime.load(program.bytes, options.threads === undefined ? {} : { threads: options.threads });
  return {
    meta,
    run: (request) => climb(session, meta, chosen, request),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

interface State { readonly latent: Tensor; readonly mean: Tensor; readonly square: Tensor }

async function climb(session: Session, meta: ProgramMeta, prior: ChosenPrior, { units, seed, steps, chunk, onChunk, signal }: AscentRequest): Promise<readonly Ascent[]> {
  if (units.length === 0 || units.length > meta.batch || units.some((unit) => !Number.isInteger(unit) || unit < 0 || unit >= meta.units)) {
    throw errors.badUnits({ units, batch: meta.batch, channels: meta.units });
  }
  // A short batch is filled up with its last unit: the program's batch is part of its graph.
  const rows = Array.from({ length: meta.batch }, (_, i) => units[Math.min(i, units.length - 1)]!);
  const indices = i64([meta.batch], rows);
  const step = (state: State, table: StepTable): Promise<Readonly<Record<string, Tensor>>> =>
    session.run({ trips: i64([], [table.count]), units: indices, latent: state.latent, mean: state.mean, square: state.square, rows: table.rows, offsets: table.offsets });
  // One turn at no shift and learning rate 0, whose next latent is thrown away: the score and the picture as they stand.
  const look = (state: State): Promise<Readonly<Record<string, Tensor>>> => step(state, neutralTable(meta));

  const plan = stepTables(meta, seed, steps, chunk);
  let state = startState(meta, prior, seed);
  const first = await look(state);
  const trace = new Float32Array(steps * meta.batch);
  const gradient = new Float32Array(meta.batch);
  let done = 0;
  for (const table of plan) {
    signal?.throwIfAborted();
    const out = await step(state, table);
    trace.set(out['scores']!.data as Float32Array, done * meta.batch);
    (out['gradients']!.data as Float32Array).forEach((size, i) => { gradient[i % meta.batch] = Math.max(gradient[i % meta.batch]!, size); });
    state = { latent: out['next_latent']!, mean: out['next_mean']!, square: out['next_square']! };
    done += table.count;
    onChunk?.(done);
  }
  signal?.throwIfAborted();
  const last = await look(state);
  const pixels = meta.channels * meta.height * meta.width;
  return units.map((unit, row) => ({
    unit,
    image: (last['image']!.data as Float32Array).slice(row * pixels, (row + 1) * pixels),
    channels: meta.channels,
    width: meta.width,
    height: meta.height,
    scoreStart: (first['scores']!.data as Float32Array)[row]!,
    score: (last['scores']!.data as Float32Array)[row]!,
    trace: Float32Array.from({ length: steps }, (_, i) => trace[i * meta.batch + row]!),
    gradientNorm: gradient[row]!,
  }));
}

interface StepTable { readonly count: number; readonly rows: Tensor; readonly offsets: Tensor }

const neutralTable = (meta: ProgramMeta): StepTable =>
  ({ count: 1, rows: f32([1, stepColumns.length], stepRow(0, 1)), offsets: i64([1, 2], [meta.jitter, meta.jitter]) });

function stepTables(meta: ProgramMeta, seed: number, steps: number, chunk: number): readonly StepTable[] {
  const jitter = randomStream(seed, 'jitter');
  const offsets = Array.from({ length: 2 * steps }, () => jitter.below(2 * meta.jitter + 1));
  const tables: StepTable[] = [];
  for (let start = 0; start < steps; start += chunk) {
    const count = Math.min(chunk, steps - start);
    tables.push({
      count,
      rows: f32([count, stepColumns.length], Array.from({ length: count }, (_, i) => stepRow(meta.learningRate, start + i + 1)).flat()),
      offsets: i64([count, 2], offsets.slice(2 * start, 2 * (start + count))),
    });
  }
  return tables;
}

/** Every row starts from the same latent: pictures of one seed then differ by their units alone. */
function startState(meta: ProgramMeta, { prior, params }: ChosenPrior, seed: number): State {
  const size = sizeOf(meta.latentShape.slice(1));
  const { normal } = randomStream(seed, 'latent');
  const row = prior.init({ size, normal, params });
  const latent = new Float32Array(meta.batch * size);
  for (let i = 0; i < meta.batch; i++) latent.set(row, i * size);
  const zeros = (): Tensor => tensor('f32', meta.latentShape, new Float32Array(latent.length));
  return { latent: tensor('f32', meta.latentShape, latent), mean: zeros(), square: zeros() };
}
