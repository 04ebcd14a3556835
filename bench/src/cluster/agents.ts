import { randomUUID } from 'node:crypto';
import { AgentServiceDefinition, CommitResult, type AgentServiceClient, type Lease } from '@neuron-atlas/proto';
import { createChannel, createClient } from 'nice-grpc';

export interface BenchAgent extends Disposable {
  /** Leases shards and commits each with one object, as fast as it can; how many: 0 when there was none. */
  roundTrip(): Promise<number>;
  /** Leases a shard and keeps it; every heartbeat then names it, as an agent at work does. */
  lease(): Promise<void>;
  heartbeat(): Promise<void>;
}

/** How agents ask: one shard a poll, or, as they do, up to 64 that take 90 s; a shard then says that it took one. */
export type Asking = 'one' | 'many';

/** An agent with a connection of its own that does everything but the work. */
export async function openAgent(address: string, name: string, asking: Asking = 'one'): Promise<BenchAgent> {
  const channel = createChannel(address);
  const client: AgentServiceClient = createClient(AgentServiceDefinition, channel);
  const { session } = await client.register({ agentId: name, incarnation: randomUUID(), node: name, provider: 'cpu', device: 'none', version: '0' });
  const asked = asking === 'one' ? { maxLeases: 1 } : { maxLeases: 64, targetSeconds: 90 };
  const acquire = async (waitMs: number): Promise<readonly Lease[]> => (await client.acquireLeases({ session, requestId: randomUUID(), ...asked, waitMs })).leases;
  let held: readonly Lease[] = [];
  let beats = 0n;
  return {
    roundTrip: async () => {
      const leases = await acquire(asking === 'one' ? 0 : 5000);
      for (const lease of leases) {
        const { result } = await client.completeShard({
          session, shardId: lease.shardId, fence: lease.fence, statsJson: `{"unitsDone":1,"seconds":${asking === 'one' ? 40 : 1},"provider":"cpu","device":"none"}`,
          objects: [{ key: `synthesis/${lease.shardId}-${randomUUID()}.parquet`, bytes: 1_000_000n, sha256: 'cd'.repeat(32), rows: 1n, kind: 'synthesis', layer: 'conv' }],
        });
        if (result !== CommitResult.COMMITTED) throw new Error(`${lease.shardId} was not committed: ${result}`);
      }
      return leases.length;
    },
    lease: async () => { held = (await acquire(5000)).slice(0, 1); },
    heartbeat: async () => {
      const { sessionLost } = await client.heartbeat({ session, seq: ++beats, leases: held.map(({ shardId, fence }) => ({ shardId, fence, unitsDone: 1, unitsTotal: 2, phase: 'ascend', stepsDone: 0.5 })) });
      if (sessionLost) throw new Error(`${name} has lost its session`);
    },
    [Symbol.dispose]: () => channel.close(),
  };
}

/** Shards a second that `count` agents lease and commit during `seconds`, after a warm-up of a fifth of that. `begin` is called when the time begins. */
export async function throughput(address: string, count: number, seconds: number, asking: Asking = 'one', begin: () => void = () => {}): Promise<number> {
  const agents = await Promise.all(Array.from({ length: count }, (_, i) => openAgent(address, `bench-${i}`, asking)));
  const startAt = performance.now() + 200 * seconds;
  const endAt = startAt + 1000 * seconds;
  setTimeout(begin, 200 * seconds);
  let done = 0;
  await Promise.all(agents.map(async (agent) => {
    while (performance.now() < endAt) {
      const shards = await agent.roundTrip();
      if (shards === 0) throw new Error('no shard is left: the sweep is too small for this machine');
      const now = performance.now();
      if (now > startAt && now <= endAt) done += shards;
    }
  }));
  for (const agent of agents) agent[Symbol.dispose]();
  return done / seconds;
}
