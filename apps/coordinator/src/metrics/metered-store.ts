import type { SweepPlan } from '@neuron-atlas/spec';
import { boundedLabel, Counter, Histogram, prefix, type Registry } from '@neuron-atlas/telemetry';
import type { Commit, CommitOutcome, FailureClass, LeasedShard, Store } from '../store/store.js';

const outcomes = ['committed', 'already-committed', 'fenced', 'mismatch'] as const;
const failureClasses: readonly FailureClass[] = ['TRANSIENT', 'POISON', 'OUT_OF_MEMORY', 'INFRA', 'BAD_INPUT', 'UNSPECIFIED'];

/** A coordinator may serve many models; a time series for each of more than this is nobody's gain. */
const mostModels = 50;

/** Sweeps whose model's name is kept: more than work at once. */
const mostSweepsKept = 256;

/**
 * A store whose every call is counted and timed; it answers as the store within does.
 *
 * The counters say what happened through this coordinator: sum them over all of them.
 */
export function meteredStore(store: Store, registry: Registry, now: () => number): Store {
  const registers = [registry];
  const model = boundedLabel(mostModels);
  const leased = new Counter({ name: `${prefix}shard_leased_total`, help: 'Shards that were handed out.', registers });
  const completed = new Counter({ name: `${prefix}shard_completed_total`, help: 'Reports of finished shards by what came of them; fenced ones came too late and changed nothing.', labelNames: ['outcome'], registers });
  for (const outcome of outcomes) completed.inc({ outcome }, 0);
  const failed = new Counter({ name: `${prefix}shard_failed_total`, help: 'Shards given back with a reason, by its class.', labelNames: ['class'], registers });
  for (const each of failureClasses) failed.inc({ class: each }, 0);
  const quarantined = new Counter({ name: `${prefix}shard_quarantined_total`, help: 'Shards given up after too many failures or lost agents.', registers });
  const released = new Counter({ name: `${prefix}shard_released_total`, help: 'Shards given back without a failure.', registers });
  const asked = new Counter({ name: `${prefix}shard_yield_asked_total`, help: 'Shards that were asked for, because other agents had nothing to do.', registers });
  const expired = new Counter({ name: `${prefix}lease_expired_total`, help: 'Leases taken from sessions that went silent.', registers });
  const recovery = new Histogram({
    name: `${prefix}lease_recovery_seconds`, help: 'From the last sign of life of a lost agent until its shard was handed out again.',
    buckets: [1, 2, 5, 10, 20, 30, 45, 65, 90, 120, 300, 900, 3600], registers,
  });
  const units = new Counter({ name: `${prefix}units_committed_total`, help: 'Units of committed shards, by model.', labelNames: ['model'], registers });
  const bytes = new Counter({ name: `${prefix}result_bytes_committed_total`, help: 'Bytes of committed objects.', registers });
  const duration = new Histogram({
    name: `${prefix}shard_duration_seconds`, help: 'What the engine took for a committed shard, by provider.', labelNames: ['provider'],
    buckets: [1, 5, 15, 30, 60, 90, 120, 180, 300, 600, 1800], registers,
  });
  const queries = new Histogram({
    name: `${prefix}db_query_seconds`, help: 'Time of the calls that touch the database, by what they do.', labelNames: ['op'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5], registers,
  });

  const timed = async <T>(op: keyof Store, call: () => Promise<T>): Promise<T> => {
    const begun = now();
    try {
      return await call();
    } finally {
      queries.observe({ op }, (now() - begun) / 1000);
    }
  };
  // A plan never changes and may be megabytes: parsed once a sweep, not once a commit.
  const names = new Map<string, string>();
  const modelName = async (sweepId: string): Promise<string> => {
    const known = names.get(sweepId);
    if (known !== undefined) return known;
    const name = model((JSON.parse(await store.planJson(sweepId)) as SweepPlan).modelName);
    names.set(sweepId, name);
    for (const oldest of names.keys()) if (names.size > mostSweepsKept) names.delete(oldest);
    return name;
  };

  const handedOut = (leases: readonly LeasedShard[]): void => {
    leased.inc(leases.length);
    for (const { recoverySeconds } of leases) if (recoverySeconds !== undefined) recovery.observe(recoverySeconds);
  };
  const reported = async ({ claim, manifest }: Commit, outcome: CommitOutcome): Promise<void> => {
    completed.inc({ outcome });
    if (outcome !== 'committed') return;
    const stats = (JSON.parse(manifest.statsJson) ?? {}) as { readonly unitsDone?: unknown; readonly seconds?: unknown; readonly provider?: unknown };
    if (typeof stats.unitsDone === 'number' && stats.unitsDone >= 0) units.inc({ model: await modelName(claim.sweepId) }, stats.unitsDone);
    if (typeof stats.seconds === 'number') duration.observe({ provider: provider(stats.provider) }, stats.seconds);
    bytes.inc(Number(manifest.objects.reduce((sum, object) => sum + object.bytes, 0n)));
  };
  const refused = (error: unknown): never => {
    if ((error as { readonly code?: unknown }).code === 'COORDINATOR_MANIFEST_MISMATCH') completed.inc({ outcome: 'mismatch' });
    throw error;
  };

  const everything = Object.fromEntries((Object.keys(store) as (keyof Store)[]).map((op) => [
    op, (...args: unknown[]) => timed(op, () => (store[op] as (...given: unknown[]) => Promise<unknown>)(...args)),
  ])) as unknown as Store;
  return {
    ...everything,
    acquire: async (query) => {
      const leases = await everything.acquire(query);
      if (leases !== 'session-lost') handedOut(leases);
      return leases;
    },
    complete: async (commit) => {
      const outcome = await everything.complete(commit).catch(refused);
      await reported(commit, outcome);
      return outcome;
    },
    completeAndAcquire: async (commit, next) => {
      const answer = await everything.completeAndAcquire(commit, next).catch(refused);
      await reported(commit, answer.result);
      handedOut(answer.leases);
      return answer;
    },
    fail: async (failure) => {
      const outcome = await everything.fail(failure);
      if (outcome !== 'fenced') failed.inc({ class: failure.failureClass });
      if (outcome === 'quarantined') quarantined.inc();
      return outcome;
    },
    release: async (given) => {
      const count = await everything.release(given);
      released.inc(count);
      return count;
    },
    register: async (agent) => {
      const registered = await everything.register(agent);
      quarantined.inc(registered.freed.filter((lease) => lease.quarantined).length);
      return registered;
    },
    reap: async () => {
      const freed = await everything.reap();
      expired.inc(freed.length);
      quarantined.inc(freed.filter((lease) => lease.quarantined).length);
      return freed;
    },
    askToYield: async () => {
      const claims = await everything.askToYield();
      asked.inc(claims.length);
      return claims;
    },
  };
}

/** What an agent says of itself becomes a label only where it is one of the few that there are. */
const provider = (said: unknown): string => (said === 'cpu' || said === 'cuda' || said === 'webgpu' ? said : 'other');
