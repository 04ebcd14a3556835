import { resolve } from 'node:path';
import { sweepKey, type SweepPlan } from '@neuron-atlas/spec';
import type { SweepServiceClient, SweepStatus } from '@neuron-atlas/proto';
import { inSpan } from '@neuron-atlas/telemetry/tracing';
import { agentsNow } from './agents-now.js';
import type { CommandContext } from './command.js';
import type { CoordinatorClient } from './coordinator-client.js';
import { errors } from './errors.js';
import { assertSweepable, loadPlan, type LoadedPlan, type PlanSource } from './load-plan.js';
import { finishedAtlas, type AtlasSummary } from './finished-atlas.js';
import { firstQuarantined } from './quarantine.js';
import { removePartial, showWhileSweeping } from './show-while-sweeping.js';
import { createSweepProgress } from './sweep-progress.js';
import { terminal, watchSweep } from './watch-sweep.js';
import { storeDataset } from './store-dataset.js';
import { storeModel } from './store-model.js';

export interface RunOptions extends PlanSource {
  /** Folder of database, cache and logs, as typed. */
  readonly state: string;
  readonly agents: number;
  readonly provider: string;
}

export interface SweepRun {
  readonly loaded: LoadedPlan;
  readonly summary: AtlasSummary;
  /** Whether the atlas was there already. */
  readonly wasComplete: boolean;
}

export const watchTiming = { silentMs: 60_000, pauseMs: 500, patienceMs: 60_000 };

/**
 * A sweep from spec to atlas on this machine, by a coordinator and agents that live as long as it does.
 *
 * Run again it goes on where it was; where the atlas is complete it starts nothing.
 */
export async function runSweep(context: Pick<CommandContext<unknown>, 'out' | 'world' | 'signal'>, options: RunOptions): Promise<SweepRun> {
  const { out, world, signal } = context;
  const loaded = await loadPlan(world, options, signal);
  const { plan, model } = loaded;
  assertSweepable(loaded);
  const before = await finishedAtlas(world, plan, signal);
  const store = await world.openStore(plan.spec.output);
  if (before !== undefined) {
    await removePartial(store, plan, signal);
    return { loaded, summary: before, wasComplete: true };
  }
  await world.checkWritable(store, signal);
  const cluster = await world.startLocalCluster({
    state: resolve(world.cwd, options.state),
    listen: '127.0.0.1:0',
    agents: options.agents,
    threads: Math.max(1, Math.floor(world.cores / options.agents)),
    provider: options.provider,
    plugins: options.plugins,
    note: out.note,
  }, signal);
  const progress = createSweepProgress(out, world.now);
  let client: CoordinatorClient | undefined;
  try {
    const { sweeps } = client = await world.connect(cluster.address);
    const sweepUntilDone = async (): Promise<void> => {
      const { sweepId, existed } = await inSpan('submit', { 'atlas.model': plan.modelName }, async () => {
        await storeModel(store, model, loaded.files, signal);
        await storeDataset(world, store, plan, signal);
        return submitLocally(sweeps, plan, signal);
      });
      out.note(`${existed ? 'resuming' : 'sweeping'} ${plan.spec.name} (sweep ${sweepId}), logs in ${cluster.logs}`);
      const showing = showWhileSweeping({ sweeps, sweepId, plan, store, now: world.now, note: out.note });
      let last: SweepStatus | undefined;
      try {
        for await (const status of watchSweep(sweeps, sweepId, { ...watchTiming, now: world.now, sleep: world.sleep }, signal)) {
          last = status;
          showing.update(status);
          progress.update(status, out.bars ? await agentsNow(sweeps, signal) : []);
        }
      } finally {
        progress.stop();
        await showing.end(last?.state === 'done');
      }
      await assertDone(sweeps, last);
    };
    // A call that fails because a process of ours died says less than the process's own end.
    await Promise.race([cluster.died, sweepUntilDone().catch(async (error: unknown) => {
      await Promise.race([cluster.died, world.sleep(500, AbortSignal.timeout(1_000))]);
      throw error;
    })]);
  } finally {
    progress.stop();
    client?.close();
    await cluster.stop();
  }
  const summary = await finishedAtlas(world, plan, signal);
  if (summary === undefined) throw new Error('unreachable: the sweep is done and its atlas does not match the plan');
  return { loaded, summary, wasComplete: false };
}

/**
 * Submits a plan to the coordinator of this state folder, alone: other unfinished sweeps wait, this one goes on.
 *
 * A sweep of the same plan that is done although its atlas is not there (the output was deleted) is not the one that is
 * wanted: a new one is made under the next key.
 */
async function submitLocally(sweeps: SweepServiceClient, plan: SweepPlan, signal: AbortSignal): Promise<{ sweepId: string; existed: boolean }> {
  const planJson = JSON.stringify(plan);
  const key = sweepKey(plan);
  for (let turn = 1; ; turn++) {
    const { sweepId, existed } = await sweeps.submitSweep({ idempotencyKey: turn === 1 ? key : `${key}-${turn}`, planJson }, { signal });
    if (existed) {
      const { state } = await sweeps.getSweep({ sweepId }, { signal });
      if (state === 'done') continue;
      if (state === 'paused') await sweeps.resumeSweep({ sweepId }, { signal });
      if (state === 'failed' || state === 'cancelled') await sweeps.retrySweep({ sweepId }, { signal });
    }
    for (const other of (await sweeps.listSweeps({}, { signal })).sweeps) {
      if (other.sweepId !== sweepId && other.state === 'running') await sweeps.pauseSweep({ sweepId: other.sweepId }, { signal });
    }
    return { sweepId, existed };
  }
}

/** The error of a sweep that ended otherwise than done. */
export async function assertDone(sweeps: Pick<SweepServiceClient, 'listQuarantine'>, status: SweepStatus | undefined): Promise<void> {
  if (status === undefined || terminal[status.state] !== true) throw new Error('unreachable: the watch ended before the sweep');
  if (status.state === 'cancelled') throw errors.sweepCancelled({ sweep: status.sweepId });
  if (status.state !== 'failed') return;
  const quarantined = status.stages.reduce((sum, stage) => sum + stage.shardsQuarantined, 0);
  throw errors.sweepFailed({ sweep: status.sweepId, quarantined, first: await firstQuarantined(sweeps, status.sweepId) });
}
