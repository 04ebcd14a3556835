import type { AgentServiceImplementation } from '@neuron-atlas/proto';
import { errors } from '../errors.js';
import type { Deps } from './deps.js';
import { text } from './fields.js';
import { toLease } from './to-lease.js';
import { wanted } from './wanted.js';

// Shorter than the keepalive of gRPC connections, so that a parked call is never alone on a dead one for long.
const maxWaitMs = 20_000;

// Work may become ready elsewhere: a backoff ends, another coordinator takes a sweep.
const lookAgainMs = 1000;

export const acquireLeases = ({ store, policy, work, now, stopping }: Pick<Deps, 'store' | 'policy' | 'work' | 'now' | 'stopping'>): AgentServiceImplementation['acquireLeases'] =>
  async (request, { signal }) => {
    const session = text('session', request.session);
    const query = { session, ...wanted(request) };
    const until = now() + Math.min(maxWaitMs, request.waitMs);
    let givenUp: AbortSignal | undefined;
    for (;;) {
      const seen = work.version();
      // Nothing is claimed for a client that has gone: it would hold the shards until its session ends.
      signal.throwIfAborted();
      const leases = await store.acquire(query);
      if (leases === 'session-lost') throw errors.sessionLost({ session });
      const left = until - now();
      if (leases.length > 0 || left <= 0 || stopping.aborted) {
        return {
          leases: leases.map(toLease),
          leaseTtlMs: policy.leaseTtlMs,
        };
      }
      givenUp ??= AbortSignal.any([signal, stopping]);
      await work.after(seen, Math.min(left, lookAgainMs), givenUp);
    }
  };
