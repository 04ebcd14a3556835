import { randomUUID } from 'node:crypto';
import { AgentServiceDefinition, CommitResult, type AgentServiceClient, type Lease } from '@neuron-atlas/proto';
import { createChannel, createClient } from 'nice-grpc';

export interface BenchAgent extends AsyncDisposable {
  /** Leases so many shards at most and keeps them; heartbeats then name them, as an agent's at work do. */
  lease(most: number): Promise<void>;
  /** Commits what it holds, each shard with one object, and has more then; tells of each commit. False where there was nothing to be had. */
  round(committed: () => void): Promise<boolean>;
  heartbeat(): Promise<void>;
}

/**
 * How agents ask.
 *
 * `one`: as the product's agents do where a shard fills a lease: one shard, and the next with its commit.
 * `apart`: the same with a call for each, as agents of an earlier version do.
 * `many`: as the product's agents do where shards are short: up to 64 that take 90 s together, here a second each; and the next with the last commit.
 */
export type Asking = 'one' | 'apart' | 'many';

/** Shards that an agent holds at most. */
export const mostOf = (asking: Asking = 'one'): number => (asking === 'many' ? 64 : 1);

/** An agent with a connection of its own that does everything but the work. */
export async function openAgent(address: string, name: string, asking: Asking = 'one'): Promise<BenchAgent> {
  const channel = createChannel(address);
  const client: AgentServiceClient = createClient(AgentServiceDefinition, channel);
  const { session } = await client.register({ agentId: name, incarnation: randomUUID(), node: name, provider: 'cpu', device: 'none', version: '0' });
  const request = (maxLeases = mostOf(asking)) => ({ requestId: randomUUID(), maxLeases, targetSeconds: asking === 'many' ? 90 : 0 });
  let held: readonly Lease[] = [];
  let beats = 0n;
  return {
    lease: async (most) => { held = (await client.acquireLeases({ session, ...request(most), waitMs: 5000 })).leases; },
    round: async (committed) => {
      if (held.length === 0) held = (await client.acquireLeases({ session, ...request(), waitMs: 5000 })).leases;
      const [now, last] = [held, held.at(-1)];
      held = [];
      for (const lease of now) {
        const { result, leases } = await client.completeShard({
          session, shardId: lease.shardId, fence: lease.fence, statsJson: `{"unitsDone":1,"seconds":${asking === 'many' ? 1 : 40},"provider":"cpu","device":"none"}`,
          objects: [{ key: `synthesis/${lease.shardId}-${randomUUID()}.parquet`, bytes: 1_000_000n, sha256: 'cd'.repeat(32), rows: 1n, kind: 'synthesis', layer: 'conv' }],
          ...(lease === last && asking !== 'apart' ? { next: request() } : {}),
        });
        if (result !== CommitResult.COMMITTED) throw new Error(`${lease.shardId} was not committed: ${result}`);
        committed();
        held = leases;
      }
      return now.length > 0;
    },
    heartbeat: async () => {
      const { sessionLost } = await client.heartbeat({ session, seq: ++beats, leases: held.map(({ shardId, fence }) => ({ shardId, fence, unitsDone: 1, unitsTotal: 2, phase: 'ascend', stepsDone: 0.5 })) });
      if (sessionLost) throw new Error(`${name} has lost its session`);
    },
    [Symbol.asyncDispose]: async () => {
      if (held.length > 0) await client.releaseLeases({ session, leases: held.map(({ shardId, fence }) => ({ shardId, fence })), reason: 'drain' });
      channel.close();
    },
  };
}

export interface Watched {
  /** @default 'one' */
  readonly asking?: Asking;
  /** Called when the time begins. */
  readonly begin?: () => void;
  /** Called for each commit, in the time or not. */
  readonly committed?: () => void;
}

/**
 * Shards a second that `count` agents lease and commit during `seconds`, after a warm-up of a fifth of that; each counts when its commit is answered.
 *
 * All have work before the warm-up, of different sizes where they take many: they do not ask in step.
 */
export async function throughput(address: string, count: number, seconds: number, { asking = 'one', begin = () => {}, committed = () => {} }: Watched = {}): Promise<number> {
  const agents = await Promise.all(Array.from({ length: count }, (_, i) => openAgent(address, `bench-${i}`, asking)));
  await Promise.all(agents.map((agent, i) => agent.lease(1 + ((37 * i) % mostOf(asking)))));
  const startAt = performance.now() + 200 * seconds;
  const endAt = startAt + 1000 * seconds;
  setTimeout(begin, 200 * seconds);
  let done = 0;
  const counted = (): void => {
    const now = performance.now();
    if (now > startAt && now <= endAt) done++;
    committed();
  };
  await Promise.all(agents.map(async (agent) => {
    while (performance.now() < endAt) if (!await agent.round(counted)) throw new Error('there was no work for five seconds');
  }));
  await Promise.all(agents.map((agent) => agent[Symbol.asyncDispose]()));
  return done / seconds;
}
