import { performance } from 'node:perf_hooks';
import { createRegistry, type Registry } from '@neuron-atlas/telemetry';
import { sql } from 'kysely';
import type { CallContext, ServerMiddlewareCall } from 'nice-grpc';
import { ServerError, Status } from 'nice-grpc';
import { describe, expect, it } from 'vitest';
import { outlook, type Outlook } from '../store/outlook.js';
import { objectOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { boom, worldOf } from '../testing/world.js';
import { grpcMetrics } from './grpc-metrics.js';
import { meteredStore } from './metered-store.js';
import { mostSweeps, queueGauges } from './queue-gauges.js';

const postgres = testPostgres();
const newRegistry = (): Registry => createRegistry({ component: 'coordinator', version: '1' });

/** The lines of a scrape that begin with a name, as name → value. */
async function scraped(registry: Registry, name: string): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(`neuronatlas_${name}`) && /^\w+(\{| )/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice('neuronatlas_'.length, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

describe('meteredStore', () => {
  it('counts what was handed out, committed, refused, failed and given back, as the database has it', async () => {
    const w = worldOf(await postgres.database());
    const registry = newRegistry();
    const store = meteredStore(w.store, registry, () => performance.now());
    await w.submit(5);
    const [session, zombie] = [await w.agent('a'), await w.agent('b')];
    const [late] = (await store.acquire({ session: zombie, requestId: 'z', max: 1 })) as readonly { sweepId: string; seq: number; fence: bigint }[];
    await sql`UPDATE session SET heartbeat_at = now() - interval '40 seconds' WHERE id = ${zombie}`.execute(w.db);
    await w.expire(zombie);
    expect(await store.reap()).toHaveLength(1);
    const leases = await store.acquire({ session, requestId: 'r', max: 4 });
    if (leases === 'session-lost') throw new Error('lost');
    const manifest = (claim: typeof late) => ({ objects: [objectOf(claim!)], statsJson: JSON.stringify({ unitsDone: 64, seconds: 42, provider: 'cpu' }) });
    for (const claim of leases.slice(0, 2)) expect(await store.complete({ session, claim, manifest: manifest(claim) })).toBe('committed');
    expect(await store.complete({ session, claim: leases[0]!, manifest: manifest(leases[0]!) })).toBe('already-committed');
    expect(await store.complete({ session: zombie, claim: late!, manifest: manifest(late) })).toBe('fenced');
    await expect(store.complete({ session, claim: leases[0]!, manifest: { objects: [objectOf(leases[0]!, 'b')], statsJson: '{}' } })).rejects.toMatchObject({ code: 'COORDINATOR_MANIFEST_MISMATCH' });
    await store.fail({ session, claim: leases[2]!, failureClass: 'OUT_OF_MEMORY', error: boom });
    await store.release({ session, claims: [leases[3]!] });
    expect(await scraped(registry, 'shard_leased')).toEqual({ shard_leased_total: 5 });
    expect(await scraped(registry, 'shard_completed')).toEqual({
      'shard_completed_total{outcome="committed"}': 2, 'shard_completed_total{outcome="already-committed"}': 1,
      'shard_completed_total{outcome="fenced"}': 1, 'shard_completed_total{outcome="mismatch"}': 1,
    });
    expect(await scraped(registry, 'shard_failed')).toMatchObject({ 'shard_failed_total{class="OUT_OF_MEMORY"}': 1, 'shard_failed_total{class="POISON"}': 0 });
    expect(await scraped(registry, 'shard_released')).toEqual({ shard_released_total: 1 });
    expect(await scraped(registry, 'lease_expired')).toEqual({ lease_expired_total: 1 });
    // One of the four was lost with its agent before, 40 s after the last sign of it.
    const recovery = await scraped(registry, 'lease_recovery_seconds');
    expect(recovery['lease_recovery_seconds_count']).toBe(1);
    expect(recovery['lease_recovery_seconds_sum']).toBeGreaterThanOrEqual(40);
    expect([recovery['lease_recovery_seconds_bucket{le="30"}'], recovery['lease_recovery_seconds_bucket{le="300"}']]).toEqual([0, 1]);
    expect(await scraped(registry, 'units_committed')).toEqual({ 'units_committed_total{model="m"}': 128 });
    expect(await scraped(registry, 'result_bytes')).toEqual({ result_bytes_committed_total: 20 });
    expect(await scraped(registry, 'shard_duration_seconds_sum')).toEqual({ 'shard_duration_seconds_sum{provider="cpu"}': 84 });
    expect((await scraped(registry, 'db_query_seconds_count'))['db_query_seconds_count{op="complete"}']).toBe(5);
  });

  it('counts what is asked for on behalf of agents that have nothing to do', async () => {
    const w = worldOf(await postgres.database());
    const registry = newRegistry();
    const store = meteredStore(w.store, registry, () => performance.now());
    await w.submit(5);
    const [session] = [await w.agent('a'), await w.agent('b')];
    await w.lease(session, 5);
    expect(await scraped(registry, 'shard_yield_asked')).toEqual({ shard_yield_asked_total: 0 });
    const asked = await store.askToYield();
    expect(asked.length).toBeGreaterThan(0);
    expect(await scraped(registry, 'shard_yield_asked')).toEqual({ shard_yield_asked_total: asked.length });
  });
});

describe('queueGauges', () => {
  const alone = { leads: () => true, ping: () => Promise.resolve() };

  it('shows the queue as it is at each scrape', async () => {
    const w = worldOf(await postgres.database());
    const registry = newRegistry();
    let now = 0;
    queueGauges(registry, { ...alone, read: () => outlook(w.db, mostSweeps), now: () => now, onError: (error) => { throw error; } });
    expect(await scraped(registry, 'backlog')).toEqual({});
    const sweepId = await w.submit(4);
    const session = await w.agent('a');
    const [claim, other] = await w.lease(session, 2);
    await w.store.complete({ session, claim: claim!, manifest: { objects: [objectOf(claim!)], statsJson: JSON.stringify({ unitsDone: 64, seconds: 30, provider: 'cpu' }) } });
    now += 5_000;
    expect(await scraped(registry, 'shards')).toMatchObject({
      'shards{stage="synthesis",state="ready"}': 2, 'shards{stage="synthesis",state="leased"}': 1, 'shards{stage="synthesis",state="done"}': 1, 'shards{stage="publish",state="waiting"}': 1,
    });
    expect(await scraped(registry, 'sweeps')).toMatchObject({ 'sweeps{state="running"}': 1, 'sweeps{state="done"}': 0 });
    expect(await scraped(registry, 'agents')).toEqual({ 'agents{provider="cpu"}': 1 });
    // Three of four equal shards are left, the one under way among them, and one took 30 s; and `publish`, which has no cost.
    expect((await scraped(registry, 'backlog'))['backlog_gpu_seconds']).toBeCloseTo(91, 6);
    expect(await scraped(registry, 'sweep_units')).toEqual({ [`sweep_units{sweep="${sweepId}"}`]: 256, [`sweep_units_done{sweep="${sweepId}"}`]: 64 });
    expect(await scraped(registry, 'sweep_agent_seconds')).toEqual({ [`sweep_agent_seconds{sweep="${sweepId}"}`]: 30 });
    // All done but `publish`: something is left, whoever is there to do it.
    for (const lease of await w.lease(session, 4)) await w.store.complete({ session, claim: lease, manifest: { objects: [objectOf(lease)], statsJson: JSON.stringify({ unitsDone: 64, seconds: 30, provider: 'cpu' }) } });
    await w.store.complete({ session, claim: other!, manifest: { objects: [objectOf(other!)], statsJson: JSON.stringify({ unitsDone: 64, seconds: 30, provider: 'cpu' }) } });
    now += 5_000;
    expect(await scraped(registry, 'backlog')).toEqual({ backlog_gpu_seconds: 1 });
    await w.store.cancel(sweepId);
    now += 5_000;
    expect(await scraped(registry, 'shards')).toEqual({});
    expect(await scraped(registry, 'sweep_units')).toEqual({});
  });

  it('has no more time series for a thousand sweeps than for fifty, and reads the queue once for all of them', async () => {
    const w = worldOf(await postgres.database());
    const series = async (sweeps: number): Promise<number> => {
      await sql`DELETE FROM sweep`.execute(w.db);
      await sql`
        INSERT INTO sweep (id, idempotency_key, name, output, plan, plan_hash, publish_seq)
        SELECT 'sw-' || i, 'key-' || i, 'n', 'o', '{}', 'h', 1 FROM generate_series(1, ${sweeps}::integer) i`.execute(w.db);
      await sql`
        INSERT INTO shard (sweep_id, seq, stage, layer, unit_start, unit_end, view, cost, state)
        SELECT id, seq, CASE seq WHEN 0 THEN 'synthesis' ELSE 'publish' END, 'conv', 0, 64, 0, 1, CASE seq WHEN 0 THEN 'ready' ELSE 'waiting' END FROM sweep, generate_series(0, 1) seq`.execute(w.db);
      const registry = newRegistry();
      let asked = 0;
      queueGauges(registry, { ...alone, read: () => { asked++; return outlook(w.db, mostSweeps); }, now: () => 0, onError: (error) => { throw error; } });
      const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('neuronatlas_'));
      expect(asked).toBe(1);
      expect(lines).toContain(`neuronatlas_shards{stage="synthesis",state="ready"} ${sweeps}`);
      expect(lines.filter((line) => line.startsWith('neuronatlas_sweep_units{'))).toHaveLength(mostSweeps);
      return lines.length;
    };
    expect(await series(1_000)).toBe(await series(mostSweeps));
  });

  it('counts all of the queue at one moment, while shards are committed under its hands', async () => {
    const w = worldOf(await postgres.database());
    await w.submit(60);
    const session = await w.agent('a');
    let committing = true;
    const readings: Outlook[] = [];
    const read = async (): Promise<void> => { while (committing) readings.push(await outlook(w.db, mostSweeps)); };
    const reading = [read(), read()];
    for (let round = 0; round < 60; round++) {
      for (const claim of await w.lease(session, 1)) await w.store.complete({ session, claim, manifest: { objects: [objectOf(claim)], statsJson: JSON.stringify({ unitsDone: 64, seconds: 30, provider: 'cpu' }) } });
    }
    committing = false;
    await Promise.all(reading);
    const seen = readings.map(({ shards, open: [sweep] }) => ({
      done: shards.filter(({ state }) => state === 'done').reduce((sum, { count }) => sum + count, 0), units: sweep!.unitsDone,
    }));
    expect(new Set(seen.map(({ done }) => done)).size).toBeGreaterThan(5);
    for (const { done, units } of seen) expect(units).toBe(64 * done);
  });

  it('goes silent rather than stale where the database does not answer', async () => {
    const registry = newRegistry();
    const errors: unknown[] = [];
    let broken = false;
    let now = 0;
    const found = { sweeps: new Map([['running', 1]]), shards: [{ stage: 'synthesis', state: 'ready', count: 7 }], agents: new Map([['cpu', 1]]), backlogSeconds: 5, open: [] };
    queueGauges(registry, { ...alone, read: () => (broken ? Promise.reject(new Error('gone')) : Promise.resolve(found)), now: () => now, onError: (error) => errors.push(error) });
    expect(await scraped(registry, 'shards')).toEqual({ 'shards{stage="synthesis",state="ready"}': 7 });
    expect(await scraped(registry, 'db_up')).toEqual({ db_up: 1 });
    broken = true;
    now += 5_000;
    expect(await scraped(registry, 'shards')).toEqual({});
    expect(await scraped(registry, 'backlog')).toEqual({});
    expect(await scraped(registry, 'db_up')).toEqual({ db_up: 0 });
    expect(errors).toHaveLength(1);
  });

  it('leaves the queue to the coordinator that leads, and still says whether it reaches the database', async () => {
    const registry = newRegistry();
    const world = { leads: false, reached: true, time: 0 };
    queueGauges(registry, {
      read: () => Promise.resolve({ sweeps: new Map(), shards: [{ stage: 'synthesis', state: 'ready', count: 7 }], agents: new Map([['cpu', 1]]), backlogSeconds: 5, open: [] }),
      leads: () => world.leads, ping: () => (world.reached ? Promise.resolve() : Promise.reject(new Error('gone'))), now: () => world.time, onError: () => {},
    });
    for (const gauge of ['shards', 'sweeps', 'agents', 'backlog']) expect(await scraped(registry, gauge), gauge).toEqual({});
    expect(await scraped(registry, 'db_up')).toEqual({ db_up: 1 });
    expect(await scraped(registry, 'leader')).toEqual({ 'leader{role="queue"}': 0 });
    world.reached = false;
    world.time += 5_000;
    expect(await scraped(registry, 'db_up')).toEqual({ db_up: 0 });
    world.leads = true;
    world.time += 5_000;
    expect(await scraped(registry, 'shards')).toEqual({ 'shards{stage="synthesis",state="ready"}': 7 });
    expect(await scraped(registry, 'leader')).toEqual({ 'leader{role="queue"}': 1 });
  });
});

describe('grpcMetrics', () => {
  const call = async (registry: ReturnType<typeof grpcMetrics>, method: string, thrown?: Error): Promise<void> => {
    const request = { method: { path: `/neuron_atlas.AgentService/${method}` }, request: {}, next: async function* () { yield* []; if (thrown !== undefined) throw thrown; } } as unknown as ServerMiddlewareCall<unknown, unknown>;
    await registry(request, { signal: new AbortController().signal } as CallContext).next().catch(() => undefined);
  };

  it('counts calls by what the client gets, and keeps waiting apart from work', async () => {
    const registry = newRegistry();
    let now = 0;
    const watch = grpcMetrics(registry, () => now++ * 1000);
    await call(watch, 'CompleteShard');
    await call(watch, 'CompleteShard', new ServerError(Status.UNAVAILABLE, 'gone'));
    await call(watch, 'AcquireLeases');
    expect(await scraped(registry, 'grpc_server_handled')).toEqual({
      'grpc_server_handled_total{service="neuron_atlas.AgentService",method="CompleteShard",code="OK"}': 1,
      'grpc_server_handled_total{service="neuron_atlas.AgentService",method="CompleteShard",code="UNAVAILABLE"}': 1,
      'grpc_server_handled_total{service="neuron_atlas.AgentService",method="AcquireLeases",code="OK"}': 1,
    });
    expect(Object.keys(await scraped(registry, 'grpc_server_handling_seconds_count'))).toEqual(['grpc_server_handling_seconds_count{service="neuron_atlas.AgentService",method="CompleteShard"}']);
    expect(await scraped(registry, 'acquire_wait_seconds_sum')).toEqual({ acquire_wait_seconds_sum: 1 });
    expect(await scraped(registry, 'grpc_server_in_flight')).toEqual({ 'grpc_server_in_flight{method="CompleteShard"}': 0, 'grpc_server_in_flight{method="AcquireLeases"}': 0 });
  });
});
