import { randomUUID } from 'node:crypto';
import { AgentServiceDefinition, CommitResult, type AgentServiceClient } from '@neuron-atlas/proto';
import { createChannel, createClient } from 'nice-grpc';

export interface BenchAgent extends Disposable {
  /** Leases one shard and commits it with one object; false when there was none. */
  roundTrip(): Promise<boolean>;
  heartbeat(): Promise<void>;
}

/** An agent with a connection of its own that does everything but the work. */
export async function openAgent(address: string, name: string): Promise<BenchAgent> {
  const channel = createChannel(address);
  const client: AgentServiceClient = createClient(AgentServiceDefinition, channel);
  const { session } = await client.register({ agentId: name, incarnation: randomUUID(), node: name, provider: 'cpu', device: 'none', version: '0' });
  let beats = 0n;
  return {
    roundTrip: async () => {
      const { leases: [lease] } = await client.acquireLeases({ session, requestId: randomUUID(), maxLeases: 1, waitMs: 0 });
      if (lease === undefined) return false;
      const { result } = await client.completeShard({
        session, shardId: lease.shardId, fence: lease.fence, statsJson: '{"unitsDone":1,"seconds":40,"provider":"cpu"}',
        objects: [{ key: `synthesis/${lease.shardId}-${randomUUID()}.parquet`, bytes: 1_000_000n, sha256: 'cd'.repeat(32), rows: 1n, kind: 'synthesis', layer: 'conv' }],
      });
      if (result !== CommitResult.COMMITTED) throw new Error(`${lease.shardId} was not committed: ${result}`);
      return true;
    },
    heartbeat: async () => { await client.heartbeat({ session, seq: ++beats, leases: [] }); },
    [Symbol.dispose]: () => channel.close(),
  };
}

/** Round trips a second of `count` agents during `seconds`, after a warm-up of a fifth of that. */
export async function throughput(address: string, count: number, seconds: number): Promise<number> {
  const agents = await Promise.all(Array.from({ length: count }, (_, i) => openAgent(address, `bench-${i}`)));
  const startAt = performance.now() + 200 * seconds;
  const endAt = startAt + 1000 * seconds;
  let done = 0;
  await Promise.all(agents.map(async (agent) => {
    while (performance.now() < endAt) {
      if (!(await agent.roundTrip())) throw new Error('no shard is left: the sweep is too small for this machine');
      const now = performance.now();
      if (now > startAt && now <= endAt) done++;
    }
  }));
  for (const agent of agents) agent[Symbol.dispose]();
  return done / seconds;
}
