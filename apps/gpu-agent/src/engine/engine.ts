import { availableParallelism } from 'node:os';
import { openStore } from '@neuron-atlas/blobs';
import type { Runtime } from '@neuron-atlas/onnx';
import { pluginNames, type Plugins } from '@neuron-atlas/synthesis';
import { keepLast } from '../keep-last.js';
import { MergedTally } from './merged-tally.js';
import { ModelCache } from './model-cache.js';
import { PictureCache } from './picture-cache.js';
import { PluginFileCache } from './plugin-file-cache.js';
import { ProgramCache } from './program-cache.js';
import type { EngineJob, EngineProgress, EngineReady, EngineResult, EngineSetup } from './protocol.js';
import { runExemplars } from './run-exemplars.js';
import { runMerge } from './run-merge.js';
import { runProjections } from './run-projections.js';
import { runQuality } from './quality/run-quality.js';
import { runPublish } from './run-publish.js';
import { runSynthesis } from './run-synthesis.js';
import { SessionPool } from './session-pool.js';
import { ThreadChoices } from './thread-choices.js';

/** What works on shards inside the engine child. */
export interface Engine {
  readonly ready: EngineReady;
  run(job: EngineJob, onProgress: (progress: EngineProgress) => void, signal: AbortSignal): Promise<EngineResult>;
}

/** An engine on a runtime; models, programs and sessions are kept from job to job. */
export function createEngine({ runtime, plugins, setup, device, version }: { readonly runtime: Runtime; readonly plugins: Plugins; readonly setup: EngineSetup; readonly device: string; readonly version: string }): Engine {
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
      const natural = { runtime, store, openStore, ...kept, scratchDir: setup.scratchDir, onProgress };
      if (task.stage === 'exemplars') return { parts: await runExemplars(natural, task, signal), objects: [], unitsDone: task.unitEnd - task.unitStart, seconds: seconds() };
      if (task.stage === 'merge') return { parts: await runMerge(natural, job, signal), objects: [], unitsDone: task.unitEnd - task.unitStart, seconds: seconds() };
      if (task.stage === 'projections') return { parts: await runProjections(natural, job, signal), objects: [], unitsDone: task.unitEnd - task.unitStart, seconds: seconds() };
      if (task.stage === 'quality') return { parts: await runQuality(natural, job, signal), objects: [], unitsDone: task.unitEnd - task.unitStart, seconds: seconds() };
      const part = await runSynthesis({ runtime, plugins, store, ...kept, threads, mostThreads, scratchDir: setup.scratchDir, version, onProgress }, task, signal);
      return { parts: [part], objects: [], unitsDone: task.unitEnd - task.unitStart, seconds: seconds() };
    },
  };
}
