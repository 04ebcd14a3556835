import type { SweepPlan } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import { errors } from '../errors.js';
import { agents } from './agents.js';
import { coalesce } from './coalesce.js';
import { cancel, pause, resume, retry } from './control.js';
import type { Db } from './database.js';
import { fail } from './fail.js';
import { heartbeats } from './heartbeat.js';
import { manifest } from './manifest.js';
import { freeOutput, holdOutput } from './output-hold.js';
import { quarantine } from './quarantine.js';
import { reap } from './reap.js';
import { register } from './register.js';
import { release } from './release.js';
import { createScheduler } from './scheduler.js';
import { share } from './share.js';
import { openSweeps, settle } from './settle.js';
import type { Policy, Store } from './store.js';
import { submit } from './submit.js';
import { sweepRecords } from './sweep-records.js';
import { createTurns } from './turns.js';

/**
 * The store on PostgreSQL; any number of them may share a database.
 *
 * `workReady` is called when shards became ready through this one: a hint for those who wait, who must look again anyway.
 */
export function createStore(db: Db, policy: Policy, workReady: () => void = () => {}): Store {
  const planJson = plansOf(db);
  const parsed = parsedPlans(planJson);
  const turns = createTurns(db, planJson);
  const scheduler = createScheduler(db, policy, turns, parsed, () => performance.now());
  const settleOnce = coalesce(async (sweepId) => {
    if (!await settle(db, sweepId)) return;
    scheduler.forget();
    workReady();
  });
  const settled = async (sweepIds: Iterable<string>): Promise<void> => { for (const sweepId of new Set(sweepIds)) await settleOnce(sweepId); };
  const control = async (action: (db: Db, sweepId: string) => Promise<void>, sweepId: string): Promise<void> => {
    await action(db, sweepId);
    await settled([sweepId]);
    if (action === resume || action === retry) await scheduler.join(sweepId);
    scheduler.forget();
    workReady();
  };
  const known = async (sweepId: string): Promise<void> => {
    const { rows } = await sql`SELECT 1 FROM sweep WHERE id = ${sweepId}`.execute(db);
    if (rows.length === 0) throw errors.sweepNotFound({ sweepId });
  };
  return {
    register: async (agent) => {
      const { session, freed } = await register(db, policy, agent);
      scheduler.forget();
      await settled(freed.map(({ sweepId }) => sweepId));
      if (freed.length > 0) workReady();
      return { session, freed };
    },
    acquire: (query) => scheduler.acquire(query),
    heartbeat: heartbeats(db, policy),
    complete: async (commit) => {
      const { result, last } = await turns.complete(commit);
      if (last) await settled([commit.claim.sweepId]);
      return result;
    },
    completeAndAcquire: async (commit, next) => {
      const { committed: { result, last }, leases } = await scheduler.completeAndAcquire(commit, { ...next, session: commit.session });
      if (last) await settled([commit.claim.sweepId]);
      return { result, leases: leases === 'session-lost' ? [] : leases };
    },
    fail: async (failure) => {
      const outcome = await fail(db, policy, failure);
      scheduler.forget();
      if (outcome === 'bisected') workReady();
      if (outcome === 'quarantined') await settled([failure.claim.sweepId]);
      return outcome;
    },
    release: async (given) => {
      const released = await release(db, given);
      if (released > 0) {
        scheduler.forget();
        workReady();
      }
      return released;
    },
    reap: async () => {
      const freed = await reap(db, policy);
      if (freed.length > 0) scheduler.forget();
      if (freed.length > 0) workReady();
      await settled(await openSweeps(db));
      return freed;
    },
    askToYield: scheduler.askToYield,
    submit: async (submission) => {
      const answer = await submit(db, policy.windowShards, submission);
      await settled([answer.sweepId]); // with no unit to make, `publish` is all there is to do
      if (!answer.existed) {
        await scheduler.join(answer.sweepId);
        workReady();
      }
      return answer;
    },
    sweep: async (sweepId) => {
      const [record] = await sweepRecords(db, sweepId);
      if (record === undefined) throw errors.sweepNotFound({ sweepId });
      return record;
    },
    sweeps: () => sweepRecords(db),
    planJson,
    pause: (sweepId) => control(pause, sweepId),
    resume: (sweepId) => control(resume, sweepId),
    cancel: (sweepId) => control(cancel, sweepId),
    retry: (sweepId) => control(retry, sweepId),
    holdOutput: (hold) => holdOutput(db, hold),
    freeOutput: (hold) => freeOutput(db, hold),
    share: async (sweepId, change) => {
      await share(db, sweepId, change);
      scheduler.forget();
    },
    manifest: async (sweepId) => manifest(db, sweepId, await parsed(sweepId)),
    agents: () => agents(db),
    quarantine: async (sweepId) => {
      if (sweepId !== '') await known(sweepId);
      return quarantine(db, sweepId);
    },
  };
}

/** Plans never change, and every lease carries one: the last few are kept. */
function plansOf(db: Db): (sweepId: string) => Promise<string> {
  const kept = new Map<string, string>();
  return async (sweepId) => {
    const found = kept.get(sweepId);
    if (found !== undefined) return found;
    const { rows: [row] } = await sql<{ plan: string }>`SELECT plan FROM sweep WHERE id = ${sweepId}`.execute(db);
    if (row === undefined) throw errors.sweepNotFound({ sweepId });
    kept.set(sweepId, row.plan);
    for (const oldest of kept.keys()) if (kept.size > 16) kept.delete(oldest);
    return row.plan;
  };
}

/** The same, parsed: of the few that are expanded at the moment. */
function parsedPlans(planJson: (sweepId: string) => Promise<string>): (sweepId: string) => Promise<SweepPlan> {
  const kept = new Map<string, SweepPlan>();
  return async (sweepId) => {
    const plan = kept.get(sweepId) ?? JSON.parse(await planJson(sweepId)) as SweepPlan;
    kept.delete(sweepId); // to the end of the order
    kept.set(sweepId, plan);
    for (const oldest of kept.keys()) if (kept.size > 8) kept.delete(oldest);
    return plan;
  };
}
