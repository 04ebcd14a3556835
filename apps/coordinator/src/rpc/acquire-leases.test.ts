import type { CallContext } from 'nice-grpc';
import { describe, expect, it } from 'vitest';
import type { LeasedShard, Store } from '../store/store.js';
import { acquireLeases } from './acquire-leases.js';
import { createWorkSignal } from './work-signal.js';

const shard: LeasedShard = { sweepId: 'sw-0123456789', seq: 3, fence: 5n, taskJson: '{}', traceParent: '', finished: [], lot: 'l' };

/** A handler on a store that has `ready`, with a clock that moves only by hand. */
function handler() {
  const world = { ready: [] as LeasedShard[], asked: 0, time: 0, lost: false };
  const work = createWorkSignal();
  const stopping = new AbortController();
  const client = new AbortController();
  const store = {
    acquire: async () => {
      world.asked++;
      return world.lost ? 'session-lost' as const : world.ready.splice(0);
    },
  } as Pick<Store, 'acquire'> as Store;
  const handle = acquireLeases({ store, policy: { leaseTtlMs: 60_000 }, work, now: () => world.time, stopping: stopping.signal });
  const call = (waitMs: number) => handle({ session: 's', requestId: 'r', maxLeases: 1, waitMs, targetSeconds: 0 }, { signal: client.signal } as CallContext);
  const parked = async (): Promise<void> => { while (world.asked === 0) await new Promise(setImmediate); await new Promise(setImmediate); };
  return { world, work, stopping, client, call, parked };
}

describe('acquireLeases', () => {
  it('answers at once with what is ready', async () => {
    const { world, call } = handler();
    world.ready.push(shard);
    expect(await call(20_000)).toEqual({ leases: [{ shardId: 'sw-0123456789/3', sweepId: 'sw-0123456789', fence: 5n, taskJson: '{}', attempt: 5, traceParent: '', finished: [] }], leaseTtlMs: 60_000 });
  });

  it('waits for work and answers when there is some', async () => {
    const { world, work, call, parked } = handler();
    const answer = call(20_000);
    await parked();
    world.ready.push(shard);
    work.notify();
    expect((await answer).leases).toHaveLength(1);
  });

  it('does not miss work that became ready while it looked', async () => {
    const { world, work, call } = handler();
    const look = world.ready.splice.bind(world.ready);
    world.ready.splice = ((...args: [number]) => {
      const found = look(...args);
      if (world.asked === 1) { world.ready.push(shard); work.notify(); }
      return found;
    }) as typeof world.ready.splice;
    expect((await call(20_000)).leases).toHaveLength(1);
    expect(world.asked).toBe(2);
  });

  it('answers empty when its time is up, when it may not wait, and when the coordinator stops', async () => {
    const late = handler();
    const waiting = late.call(20_000);
    await late.parked();
    late.world.time = 20_000;
    late.work.notify();
    expect((await waiting).leases).toEqual([]);

    expect((await handler().call(0)).leases).toEqual([]);

    const stopped = handler();
    const cut = stopped.call(20_000);
    await stopped.parked();
    stopped.stopping.abort();
    expect((await cut).leases).toEqual([]);
  });

  it('claims nothing for a client that has gone', async () => {
    const { world, work, client, call, parked } = handler();
    const answer = call(20_000);
    await parked();
    client.abort();
    world.ready.push(shard);
    work.notify();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect(world.ready).toEqual([shard]);
  });

  it('sends an agent whose session is lost back to register', async () => {
    const { world, call } = handler();
    world.lost = true;
    await expect(call(0)).rejects.toMatchObject({ code: 'COORDINATOR_SESSION_LOST', grpc: 'FAILED_PRECONDITION' });
  });
});
