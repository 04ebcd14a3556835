import type { Logger } from 'pino';
import { shardId } from './store/shard-id.js';
import type { Commit, CommitOutcome, LeasedShard, LostLease, ShardRef, Store } from './store/store.js';

/** What a line of the log is about: the same names as in an agent's log, so that one search finds both. */
const about = (shard: ShardRef & { readonly fence: bigint }) => ({ sweep: shard.sweepId, shard: shardId(shard), fence: String(shard.fence) });

/**
 * A store that tells what happens to sweeps and shards, one line an event; it answers as the store within does.
 *
 * What goes well is `debug` where there are many of it (leases) and `info` otherwise, what others must bear `warn`, what a
 * person must look at `error`.
 */
export function loggedStore(store: Store, log: Logger): Store {
  const lost = (leases: readonly LostLease[], why: string): void => {
    for (const lease of leases) log[lease.quarantined ? 'error' : 'warn']({ ...about(lease), agent: lease.agentId, quarantined: lease.quarantined }, why);
  };
  const leased = (session: string, leases: readonly LeasedShard[]): void => {
    for (const { recoverySeconds, finished, ...lease } of leases) log.debug({ ...about(lease), session, checkpoints: finished.length, ...(recoverySeconds === undefined ? {} : { recoverySeconds }) }, 'shard leased');
  };
  const reported = ({ claim, session, manifest }: Commit, outcome: CommitOutcome): void => {
    if (outcome === 'fenced') log.warn({ ...about(claim), session }, 'report of a finished shard came too late and changed nothing');
    else log.info({ ...about(claim), session, objects: manifest.objects.length, again: outcome === 'already-committed' }, 'shard committed');
  };
  const refused = ({ claim, session }: Commit, error: unknown): never => {
    const { code } = error as { readonly code?: unknown };
    if (code === 'COORDINATOR_MANIFEST_MISMATCH') log.error({ ...about(claim), session, code }, 'one lease reported two different results; the first counts');
    throw error;
  };
  const control = (action: 'pause' | 'resume' | 'cancel' | 'retry') => async (sweepId: string): Promise<void> => {
    await store[action](sweepId);
    log.info({ sweep: sweepId, action }, 'sweep changed by hand');
  };
  return {
    ...store,
    pause: control('pause'), resume: control('resume'), cancel: control('cancel'), retry: control('retry'),
    share: async (sweepId, change) => {
      await store.share(sweepId, change);
      log.info({ sweep: sweepId, action: 'share', ...change }, 'sweep changed by hand');
    },
    submit: async (submission) => {
      const answer = await store.submit(submission);
      log.info({ sweep: answer.sweepId, existed: answer.existed, model: submission.plan.modelName }, 'sweep submitted');
      return answer;
    },
    register: async (agent) => {
      const answer = await store.register(agent);
      log.info({ agent: agent.agentId, session: answer.session, node: agent.node, provider: agent.provider, version: agent.version }, 'agent registered');
      lost(answer.freed, 'lease freed: its agent has registered anew');
      return answer;
    },
    acquire: async (query) => {
      const leases = await store.acquire(query);
      if (leases !== 'session-lost') leased(query.session, leases);
      return leases;
    },
    complete: async (commit) => {
      const outcome = await store.complete(commit).catch((error: unknown) => refused(commit, error));
      reported(commit, outcome);
      return outcome;
    },
    completeAndAcquire: async (commit, next) => {
      const answer = await store.completeAndAcquire(commit, next).catch((error: unknown) => refused(commit, error));
      reported(commit, answer.result);
      leased(commit.session, answer.leases);
      return answer;
    },
    fail: async (failure) => {
      const outcome = await store.fail(failure);
      const { code } = failure.error;
      log[outcome === 'quarantined' ? 'error' : 'warn']({ ...about(failure.claim), session: failure.session, class: failure.failureClass, code, outcome }, 'shard failed');
      return outcome;
    },
    release: async (given) => {
      const count = await store.release(given);
      for (const claim of given.claims) log.info({ ...about(claim), session: given.session, checkpoints: claim.finished?.length ?? 0 }, 'shard given back');
      return count;
    },
    reap: async () => {
      const freed = await store.reap();
      lost(freed, 'lease freed: its agent went silent');
      return freed;
    },
    askToYield: async () => {
      const asked = await store.askToYield();
      for (const claim of asked) log.info(about(claim), 'lease asked for: other agents have nothing to do');
      return asked;
    },
  };
}
