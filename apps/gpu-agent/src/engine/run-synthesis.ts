import { writeSynthesis, type SynthesisRow } from '@neuron-atlas/atlas';
import { followedByRelu } from '@neuron-atlas/onnx';
import { coloursOf } from '@neuron-atlas/priors';
import type { ShardTask } from '@neuron-atlas/spec';
import { compileProgram, openProgram, programKey, shownPicture, type Ascender, type Ascent, type PluginFiles, type Plugins, type ProgramMeta, type ProgramSource } from '@neuron-atlas/synthesis';
import { ChunkPace } from './chunk-pace.js';
import { encodePng } from './encode-png.js';
import { healthOf, scoresActivation } from './health-of.js';
import type { Facet } from './facets/facet-of.js';
import { openFacets } from './facets/unit-facets.js';
import { finishedUnits } from './finished-units.js';
import { checkpointKey, objectKey } from './object-key.js';
import { filesOf, type PluginFileCache } from './plugin-file-cache.js';
import type { KnownProgram, ProgramCache } from './program-cache.js';
import type { EngineJob, EnginePart, Phase } from './protocol.js';
import { provenance } from './provenance.js';
import type { NaturalDeps } from './run-exemplars.js';
import { fastestThreads } from './fastest-threads.js';
import type { ThreadChoices } from './thread-choices.js';
import { writePart } from './write-part.js';

export interface SynthesisDeps extends NaturalDeps {
  readonly plugins: Plugins;
  readonly files: PluginFileCache;
  readonly programs: ProgramCache;
  readonly threads: ThreadChoices;
  /** The most threads that a run on the CPU may take. */
  readonly mostThreads: number;
  readonly version: string;
  /** Work after which a checkpoint is written, in milliseconds, between two batches. */
  readonly checkpointMs: number;
}

interface OpenedProgram extends AsyncDisposable {
  readonly ascender: Ascender;
  readonly followedByRelu: boolean;
}

/**
 * Makes the pictures of a shard, unit by unit and seed by seed, into one Parquet file in the scratch folder.
 *
 * Batches that a checkpoint has are taken from it: the file has the same bytes. Other checkpoints are written on the way, and told of.
 */
export async function runSynthesis(deps: SynthesisDeps, { task, manifest, finished = [] }: Pick<EngineJob, 'task' | 'manifest' | 'finished'>, signal: AbortSignal): Promise<EnginePart> {
  const view = task.plan.spec.views.synthesis[task.view]!;
  const units = Array.from({ length: task.unitEnd - task.unitStart }, (_, i) => task.unitStart + i);
  const report = (phase: Phase, unitsDone: number, part?: EnginePart): void =>
    deps.onProgress({ phase, unitsDone: Math.floor(unitsDone), unitsTotal: units.length, fraction: unitsDone / units.length, ...(part === undefined ? {} : { finished: part }) });
  const { key, opened } = await program(deps, task, signal, (phase) => report(phase, 0));
  const { ascender } = opened;

  const write = (made: readonly SynthesisRow[], keyOf: (digest: string) => string): Promise<EnginePart> =>
    writePart(deps, writeSynthesis(made), keyOf, { kind: 'synthesis', layer: task.layer, rows: made.length });
  const facets = await facetsOf(deps, { task, manifest }, units, ascender.meta, (done) => report('look', done / 100), signal);
  const facetAt = (unit: number, seed: number): Facet | undefined => facets.get(unit)?.[view.seeds.indexOf(seed)];
  const sourceOf = (unit: number, seed: number): string =>
    provenance({ task, meta: ascender.meta, programKey: key, runtime: deps.runtime, version: deps.version }, seed, facetAt(unit, seed));
  const known = await finishedUnits(deps.store, finished, (row) => row.layer === task.layer && row.view === task.view && row.provenance === sourceOf(row.unit, row.seed), signal);
  const pace = new ChunkPace();
  const rows: SynthesisRow[] = [];
  let unsaved: { readonly start: number; readonly firstRow: number; readonly since: number } | undefined;
  report('ascend', 0);
  for (let start = 0; start < units.length; start += view.batch) {
    const batch = units.slice(start, start + view.batch);
    const made = known.of(batch, view.seeds);
    if (made !== undefined) {
      rows.push(...made);
      unsaved = undefined; // what lies before it is made again: a checkpoint is of one range
      report('ascend', start + batch.length);
      continue;
    }
    unsaved ??= { start, firstRow: rows.length, since: performance.now() };
    const starts = await startsOf(batch, facets);
    // An objective that compares the pictures of a unit has them all made in one run.
    const runs = ascender.meta.together === undefined ? view.seeds.map((seed) => [seed]) : [view.seeds];
    for (const [turn, seeds] of runs.entries()) {
      const [chunk, begun] = [pace.steps, performance.now()];
      const ascents = await ascender.run({
        units: batch, seed: seeds[0]!, seeds, starts: (unit, seed) => starts.get(unit)?.[view.seeds.indexOf(seed)], steps: view.steps, stop: view.stop, chunk, signal,
        onChunk: (done) => report('ascend', start + (batch.length * (turn + done / view.steps)) / runs.length),
      });
      pace.learn(view.steps, performance.now() - begun);
      for (const ascent of ascents) {
        rows.push(await toRow(task, ascender.meta, ascent, sourceOf(ascent.unit, ascent.seed), opened.followedByRelu));
      }
      signal.throwIfAborted();
    }
    const end = start + batch.length;
    if (end < units.length && performance.now() - unsaved.since >= deps.checkpointMs) {
      const range = { layer: task.layer, view: task.view, unitStart: units[unsaved.start]!, unitEnd: units[end - 1]! + 1 };
      const part = await write(rows.slice(unsaved.firstRow), (digest) => checkpointKey(range, digest));
      report('ascend', end, part);
      unsaved = undefined;
    }
  }
  report('encode', units.length);
  rows.sort((a, b) => a.unit - b.unit || view.seeds.indexOf(a.seed) - view.seeds.indexOf(b.seed));
  return write(rows, (digest) => objectKey(task, digest));
}

/** Of a view that starts from exemplars, what each seed of each unit starts from; empty for others. */
async function facetsOf(deps: SynthesisDeps, job: Pick<EngineJob, 'task' | 'manifest'>, units: readonly number[], meta: ProgramMeta, onLook: (units: number) => void, signal: AbortSignal): Promise<ReadonlyMap<number, readonly Facet[]>> {
  const found = new Map<number, readonly Facet[]>();
  if (job.task.plan.fromExemplars?.includes(job.task.view) !== true) return found;
  onLook(0);
  const facets = await openFacets(deps, job, meta, signal);
  for (const unit of units) {
    found.set(unit, await facets(unit));
    onLook(found.size); // a sign of life: the shard's work are the ascents
  }
  return found;
}

/** The pictures from which the ascents of a batch start, a unit's in the order of the seeds. */
async function startsOf(batch: readonly number[], facets: ReadonlyMap<number, readonly Facet[]>): Promise<ReadonlyMap<number, readonly (Float32Array | undefined)[]>> {
  return new Map(await Promise.all(batch.map(async (unit) => [unit, await Promise.all((facets.get(unit) ?? []).map(({ start }) => start()))] as const)));
}

async function program(deps: SynthesisDeps, task: ShardTask, signal: AbortSignal, report: (phase: Phase) => void): Promise<{ readonly key: string; readonly opened: OpenedProgram }> {
  const { plan } = task;
  const { tensor, kind, axis } = plan.layers.find(({ id }) => id === task.layer)!;
  const source: ProgramSource = {
    modelSha256: plan.modelSha256,
    tensor, kind, axis,
    view: plan.spec.views.synthesis[task.view]!,
    preprocess: plan.spec.model.preprocess,
    input: plan.input,
  };
  const key = await programKey(source, deps.runtime.version, deps.plugins);
  const work = source.view.steps * source.view.seeds.length * Math.ceil((task.unitEnd - task.unitStart) / source.view.batch);
  const opened = await deps.sessions.get(key, async () => {
    report('fetch');
    const files = await deps.files.get(deps.store, filesOf(source.view), signal);
    const known = await deps.programs.get(key);
    if (known !== undefined) {
      // The program refers to the model's weights, which must then be there.
      if (known.program.dataFolder !== undefined) await deps.models.get(deps.store, plan.modelSha256, signal);
      report('compile');
      return open(deps, key, known, files, work);
    }
    const model = await deps.models.get(deps.store, plan.modelSha256, signal);
    signal.throwIfAborted();
    report('compile');
    const compiled: KnownProgram = {
      program: await compileProgram({ ...source, model, runtime: deps.runtime, plugins: deps.plugins, files }),
      followedByRelu: followedByRelu(model, source.tensor),
    };
    await deps.programs.put(key, compiled);
    return open(deps, key, compiled, files, work);
  }, plan.modelBytes > largeModelBytes);
  return { key, opened };
}

/** Programs of such a model are not open two at a time: each holds its weights, and packed for its kernels once more. */
const largeModelBytes = 2 ** 31;

/** Steps of a shard from which it pays to measure: a trial takes some thirty to fifty. */
const worthATrial = 500;

/** On the CPU with the number of threads that this machine is fastest with, measured once for a program; they change no byte of a result. */
async function open(deps: SynthesisDeps, key: string, known: KnownProgram, files: PluginFiles, work: number): Promise<OpenedProgram> {
  const { runtime, plugins, mostThreads: most } = deps;
  const openWith = (threads?: number): Promise<Ascender> => openProgram(runtime, known.program, { plugins, files, ...(threads === undefined ? {} : { threads }) });
  const isChoice = runtime.provider === 'cpu' && most > 1;
  const measured = isChoice ? await deps.threads.get(key, most) : undefined;
  let ascender: Ascender;
  if (isChoice && measured === undefined && work >= worthATrial) {
    const found = await fastestThreads({ most, open: openWith, time: timeOfSteps });
    await deps.threads.put(key, most, found.threads);
    ascender = found.opened;
  } else ascender = await openWith(measured);
  return { ascender, followedByRelu: known.followedByRelu, [Symbol.asyncDispose]: () => ascender[Symbol.asyncDispose]() };
}

/** Milliseconds of two steps, from nowhere to nowhere. */
async function timeOfSteps(ascender: Ascender): Promise<number> {
  const begun = performance.now();
  await ascender.run({ units: [0], seed: 0, steps: 2, chunk: 2 });
  return performance.now() - begun;
}

async function toRow(task: ShardTask, meta: ProgramMeta, ascent: Ascent, source: string, reluFollows: boolean): Promise<SynthesisRow> {
  const shown = shownPicture(ascent, coloursOf(meta.canvas), task.plan.spec.model.preprocess.show);
  return {
    layer: task.layer,
    unit: ascent.unit,
    view: task.view,
    prior: meta.recipe.prior.name,
    priorVersion: meta.recipe.prior.version,
    objective: task.plan.spec.views.synthesis[task.view]!.objective, // as the spec has it: a formula's own name has every version in it
    objectiveVersion: meta.recipe.objective.version,
    seed: ascent.seed,
    steps: ascent.steps,
    scoreStart: ascent.scoreStart,
    score: ascent.score,
    scoreTrace: evenly(ascent.trace, 64),
    imageFormat: 'png',
    width: shown.width,
    height: shown.height,
    ...healthOf(ascent, reluFollows && scoresActivation(meta.recipe.objective.name)),
    provenance: source,
    image: await encodePng(shown),
  };
}

/** At most `most` of the values, evenly spaced, the first and the last among them. */
function evenly(values: Float32Array, most: number): readonly number[] {
  if (values.length <= most) return Array.from(values);
  return Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))]!);
}
