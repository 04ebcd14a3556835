import type { AgentServiceImplementation, Lease } from '@neuron-atlas/proto';
import { markSpan } from '@neuron-atlas/telemetry/tracing';
import { errors } from '../errors.js';
import { shardId } from '../store/shard-id.js';
import type { LeasedShard } from '../store/store.js';
import type { Deps } from './deps.js';
import { text } from './fields.js';

// Shorter than the keepalive of gRPC connections, so that a parked call is never alone on a dead one for long.
const maxWaitMs = 20_000;

// Work may become ready elsewhere: a backoff ends, another coordinator takes a sweep.
const lookAgainMs = 1000;

const maxLeases = 64;

export const acquireLeases = ({ store, policy, work, now, stopping }: Pick<Deps, 'store' | 'policy' | 'work' | 'now' | 'stopping'>): AgentServiceImplementation['acquireLeases'] =>
  async (request, { signal }) => {
    const session = text('session', request.session);
    const requestId = text('request_id', request.requestId);
    const max = Math.min(maxLeases, Math.max(1, request.maxLeases));
    const until = now() + Math.min(maxWaitMs, request.waitMs);
    const givenUp = AbortSignal.any([signal, stopping]);
    for (;;) {
      const seen = work.version();
      // Nothing is claimed for a client that has gone: it would hold the shards until its session ends.
      signal.throwIfAborted();
      const leases = await store.acquire({ session, requestId, max, ...(request.targetSeconds > 0 ? { targetSeconds: request.targetSeconds } : {}) });
      if (leases === 'session-lost') throw errors.sessionLost({ session });
      const left = until - now();
      if (leases.length > 0 || left <= 0 || stopping.aborted) {
        return {
          leases: leases.map(toLease),
          leaseTtlMs: policy.leaseTtlMs,
        };
      }
      await work.after(seen, Math.min(left, lookAgainMs), givenUp);
    }
  };

/** The poll itself belongs to no trace, for it waits for work of any sweep; what it was given belongs to that of its sweep. */
const toLease = (lease: LeasedShard): Lease => ({
  finished: [...lease.finished],
  shardId: shardId(lease), sweepId: lease.sweepId, fence: lease.fence, taskJson: lease.taskJson, attempt: Number(lease.fence),
  traceParent: markSpan('acquire', { 'atlas.sweep': lease.sweepId, 'atlas.shard': shardId(lease), 'atlas.fence': Number(lease.fence) }, lease.traceParent),
});
