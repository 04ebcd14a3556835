import { availableParallelism } from 'node:os';
import { openStore } from '@neuron-atlas/blobs';
import type { Runtime } from '@neuron-atlas/onnx';
import type { Stage } from '@neuron-atlas/spec';
import { pluginNames, type Plugins } from '@neuron-atlas/synthesis';
import { keepLast } from '../keep-last.js';
import { MergedTally } from './merged-tally.js';
import { ModelCache } from './model-cache.js';
import { PictureCache } from './picture-cache.js';
import { PluginFileCache } from './plugin-file-cache.js';
import { ProgramCache } from './program-cache.js';
import type { EngineJob, EnginePart, EngineProgress, EngineReady, EngineResult, EngineSetup } from './protocol.js';
import { runExemplars, type NaturalDeps } from './run-exemplars.js';
import { runMerge } from './run-merge.js';
import { runProjections } from './run-projections.js';
import { runQuality } from './quality/run-quality.js';
import { runPublish } from './run-publish.js';
import { runSynthesis, type SynthesisDeps } from './run-synthesis.js';
import { SessionPool } from './session-pool.js';
import { ThreadChoices } from './thread-choices.js';

/** What works on shards inside the engine child. */
export interface Engine {
  readonly ready: EngineReady;
  run(job: EngineJob, onProgress: (progress: EngineProgress) => void, signal: AbortSignal): Promise<EngineResult>;
}

/** What was made in less is made again sooner than it is written, stored and read. */
const defaultCheckpointMs = 500;

/** An engine on a runtime; models, programs and sessions are kept from job to job. */
export function createEngine({ runtime, plugins, setup, device, version, checkpointMs = defaultCheckpointMs }: {
  readonly runtime: Runtime; readonly plugins: Plugins; readonly setup: EngineSetup; readonly device: string; readonly version: string; readonly checkpointMs?: number;
}): Engine {
  const storeOf = keepLast(openStore);
  const kept = { models: new ModelCache(setup.cacheDir), files: new PluginFileCache(setup.cacheDir), programs: new ProgramCache(setup.cacheDir), sessions: new SessionPool(), pictures: new PictureCache(), tallies: new MergedTally() };
  const threads = new ThreadChoices(setup.cacheDir, [device, runtime.version]);
  const mostThreads = setup.threads ?? availableParallelism();
  return {
    ready: {
      provider: runtime.provider,
      device,
      version: `${version} (${runtime.version})`,
      plugins: pluginNames(plugins),
    },
    async run(job, onProgress, signal) {
      const { task } = job;
      const begun = performance.now();
      const store = await storeOf(task.plan.spec.output);
      const seconds = (): number => (performance.now() - begun) / 1_000;
      if (task.stage === 'publish') {
        const objects = await runPublish({ store, onProgress }, job, signal);
        return { parts: [], objects, unitsDone: 0, seconds: seconds() };
      }
      const deps = { runtime, plugins, store, openStore, ...kept, threads, mostThreads, scratchDir: setup.scratchDir, version, checkpointMs, onProgress };
      const parts = await resultsOf[task.stage](deps, job, signal);
      return { parts, objects: [], unitsDone: task.unitEnd - task.unitStart, seconds: seconds() };
    },
  };
}

type Results = (deps: NaturalDeps & SynthesisDeps, job: EngineJob, signal: AbortSignal) => Promise<readonly EnginePart[]>;

/** The stages that make files. */
const resultsOf: Readonly<Record<Exclude<Stage, 'publish'>, Results>> = {
  exemplars: (deps, { task }, signal) => runExemplars(deps, task, signal),
  merge: runMerge,
  projections: runProjections,
  synthesis: async (deps, job, signal) => [await runSynthesis(deps, job, signal)],
  quality: runQuality,
};
