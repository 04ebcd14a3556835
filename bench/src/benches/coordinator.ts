import { cpus } from 'node:os';
import { SweepServiceDefinition, type SweepServiceClient } from '@neuron-atlas/proto';
import { createChannel, createClient } from 'nice-grpc';
import pg from 'pg';
import { mostOf, openAgent, throughput, type Watched } from '../cluster/agents.js';
import { planOfShards } from '../cluster/plan-of-shards.js';
import { processCost } from '../cluster/process-cost.js';
import { rivals } from '../cluster/rivals.js';
import { startServer, type Server } from '../cluster/start-server.js';

const agentCounts = [1, 16, 64];
const beating = 1000;

/**
 * Acquire and complete round trips a second over gRPC, by agents and by shards in the sweep; what heartbeats cost; and the
 * other queues on the same PostgreSQL. Arguments: seconds a figure (5), shards of each sweep (1000, 50000 and 1000000).
 *
 * Agents ask as the product's do: the commit of the last shard that one holds asks for more, in one call. Beside it stands what agents of an earlier version do,
 * with two calls for each shard.
 */
export async function coordinator(args: readonly string[]): Promise<void> {
  const seconds = Number(args[0] ?? 5);
  const sizes = args.length > 1 ? args.slice(1).map(Number) : [1000, 50_000, 1_000_000];
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, everything on this machine, fsync on`);
  console.log('\n| shards | submit s | coordinator MiB | 1 agent /s | 16 agents /s | 64 agents, two calls /s | 64 agents /s | ms of CPU a round trip of 64: clients, coordinator, PostgreSQL | 64 agents that take many shards at once /s |\n|---|---|---|---|---|---|---|---|---|');
  for (const size of sizes) {
    await using server = await startServer();
    console.log(await sweepRow(server, size, seconds));
  }
  await using server = await startServer();
  console.log(`\n${await heartbeatLine(server, seconds)}`);
  console.log('\n| queue | completion | 16 workers jobs/s | 64 workers jobs/s |\n|---|---|---|---|');
  for (const [index, rival] of rivals.entries()) {
    const rates: number[] = [];
    for (const workers of [16, 64]) {
      const database = `rival_${index}_${workers}`;
      await createDatabase(server, database);
      rates.push(await rival.rate(server.databaseUrl(database), workers, 300 * seconds));
    }
    console.log(`| ${rival.name} | ${rival.promise} | ${rates.map((rate) => rate.toFixed(0)).join(' | ')} |`);
  }
}

async function sweepRow(server: Server, shards: number, seconds: number): Promise<string> {
  const channel = createChannel(server.address);
  const sweeps = createClient(SweepServiceDefinition, channel);
  const submitSeconds = await submit(sweeps, shards, 0);
  const supply = supplyOf(sweeps, shards);
  const measure = (count: number, watched: Watched = {}): Promise<number> =>
    throughput(server.address, count, seconds, { ...watched, committed: () => { supply.committed(2 * count * mostOf(watched.asking)); } });
  const rates: number[] = [];
  for (const count of agentCounts.slice(0, -1)) rates.push(await measure(count));
  const most = agentCounts.at(-1)!;
  rates.push(await measure(most, { asking: 'apart' }));
  let before: Promise<Spent> | undefined;
  const rate = await measure(most, { begin: () => { before = spent(server); } });
  const [from, to] = [await before!, await spent(server)];
  const each = (['clients', 'coordinator', 'postgres'] as const).map((who) => ((1000 * (to[who] - from[who])) / (rate * seconds)).toFixed(2));
  const { residentMiB } = processCost(server.pid);
  await supply.atLeast(2 * most * mostOf('many'));
  const asAgents = await measure(most, { asking: 'many' });
  channel.close();
  return `| ${shards} | ${submitSeconds.toFixed(1)} | ${residentMiB.toFixed(0)} | ${[...rates, rate].map((each) => each.toFixed(0)).join(' | ')} | ${each.join(', ')} | ${asAgents.toFixed(0)} |`;
}

/** Submits a sweep; seconds that it took. */
async function submit(sweeps: SweepServiceClient, shards: number, number: number): Promise<number> {
  const name = `bench-${shards}-${number}`;
  const begun = performance.now();
  await sweeps.submitSweep({ idempotencyKey: name, planJson: JSON.stringify(planOfShards(name, shards)) });
  return (performance.now() - begun) / 1000;
}

interface Supply {
  /** To be called for every commit: submits the next sweep where fewer shards than `ahead` are left of those before. */
  readonly committed: (ahead: number) => void;
  readonly atLeast: (shards: number) => Promise<void>;
}

/** Sweeps of `shards` each, one of which has been submitted, and one more whenever agents would run out of work. */
function supplyOf(sweeps: SweepServiceClient, shards: number): Supply {
  let left = shards;
  let submitted = 1;
  const next = (): Promise<number> => {
    left += shards;
    return submit(sweeps, shards, submitted++);
  };
  return {
    committed: (ahead) => {
      left--;
      if (left < ahead) void next();
    },
    atLeast: async (wanted) => { while (left < wanted) await next(); },
  };
}

/** CPU seconds so far. */
interface Spent { readonly clients: number; readonly coordinator: number; readonly postgres: number }

async function spent(server: Server): Promise<Spent> {
  const { user, system } = process.cpuUsage();
  return { clients: (user + system) / 1e6, coordinator: processCost(server.pid).cpuSeconds, postgres: await postgresCpu(server) };
}

/** 1000 agents at work, each of which beats every 15 s and names its lease: what all of them cost. */
async function heartbeatLine(server: Server, seconds: number): Promise<string> {
  const channel = createChannel(server.address);
  await submit(createClient(SweepServiceDefinition, channel), 2 * beating, 0);
  channel.close();
  const agents = await Promise.all(Array.from({ length: beating }, (_, i) => openAgent(server.address, `beating-${i}`)));
  for (const agent of agents) await agent.lease(1);
  const before = await spent(server);
  const perSecond = beating / 15;
  const begun = performance.now();
  const beats = Math.round(perSecond * 3 * seconds);
  const sent: Promise<void>[] = [];
  for (let i = 0; i < beats; i++) {
    const due = begun + (1000 * i) / perSecond;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => { setTimeout(resolve, early); });
    sent.push(agents[i % beating]!.heartbeat()); // nobody waits for another's answer
  }
  await Promise.all(sent);
  const wall = (performance.now() - begun) / 1000;
  const after = await spent(server);
  for (const agent of agents) await agent[Symbol.asyncDispose]();
  const share = (who: keyof Spent): string => `${((100 * (after[who] - before[who])) / wall).toFixed(1)} %`;
  return `${beating} agents that beat every 15 s (${(beats / wall).toFixed(0)} beats/s), each with a lease: ${share('coordinator')} of a core in the coordinator, ${share('postgres')} in PostgreSQL`;
}

/** CPU seconds of all processes of the server, ended ones included: their parent has counted them. */
async function postgresCpu(server: Server): Promise<number> {
  const client = new pg.Client({ connectionString: server.databaseUrl('postgres') });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
  await client.end();
  const costs = rows.flatMap(({ pid }) => { try { return [processCost(pid)]; } catch { return []; } });
  const parent = processCost(costs[0]!.parent);
  return costs.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, parent.cpuSeconds + parent.endedCpuSeconds);
}

async function createDatabase(server: Server, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.databaseUrl('postgres') });
  await client.connect();
  await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  await client.end();
}
