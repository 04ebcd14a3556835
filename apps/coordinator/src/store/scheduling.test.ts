import { expandShards, stages, type Stage, type SweepPlan } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { objectOf, planOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { boom, worldOf, type World } from '../testing/world.js';
import { defaultPolicy, type FailureClass, type LeasedShard } from './store.js';

const postgres = testPostgres();

/** Leases one shard and fails it; the shard's number. */
async function failOne(w: World, session: string, failureClass: FailureClass = 'POISON'): Promise<number> {
  const claim = await w.leaseOne(session);
  await w.store.fail({ session, claim, failureClass, error: boom });
  return claim.seq;
}
const pauseIsOver = (w: World) => sql`UPDATE shard SET not_before = '-infinity'`.execute(w.db);

describe('a shard that failed', () => {
  it('goes to another node while one lives, and back when that is gone', async () => {
    const w = worldOf(await postgres.database());
    await w.submit(2);
    const [a, b] = [await w.agent('a', 'n1'), await w.agent('b', 'n2')];
    expect(await failOne(w, a)).toBe(0);
    await pauseIsOver(w);
    expect((await w.lease(a, 5)).map(({ seq }) => seq)).toEqual([1]);
    expect(await w.lease(a)).toEqual([]);
    await w.expire(b);
    expect((await w.lease(a)).map(({ seq }) => seq)).toEqual([0]);
  });

  it('is tried anywhere once it has failed on every node, and again after a retry by hand', async () => {
    const w = worldOf(await postgres.database());
    const sweepId = await w.submit(1);
    const [a, b] = [await w.agent('a', 'n1'), await w.agent('b', 'n2')];
    for (const session of [a, b]) {
      expect(await failOne(w, session)).toBe(0);
      await pauseIsOver(w);
    }
    expect(await w.lease(a)).toHaveLength(1);
    await w.store.cancel(sweepId);
    await w.store.retry(sweepId);
    expect((await sql<{ failed_nodes: readonly string[] }>`SELECT failed_nodes FROM shard WHERE sweep_id = ${sweepId} AND seq = 0`.execute(w.db)).rows).toEqual([{ failed_nodes: [] }]);
  });
});

describe('an agent that fails everything', () => {
  /** Three different shards. */
  async function failing(w: World, session: string): Promise<void> {
    for (let i = 0; i < 3; i++) await failOne(w, session);
  }

  it('gets no work for a while, also as a new process, is shown so, and has one try after that', async () => {
    const w = worldOf(await postgres.database());
    await w.submit(20);
    const [bad, good] = [await w.agent('bad', 'n1'), await w.agent('good', 'n2')];
    await failing(w, bad);
    expect(await w.lease(bad)).toEqual([]);
    expect(await w.lease(await w.agent('bad', 'n1'))).toEqual([]);
    expect(await w.lease(good)).toHaveLength(1);
    const shown = await w.store.agents();
    expect(shown.map(({ agentId }) => agentId)).toEqual(['bad', 'good']);
    expect(shown[0]!.asideSeconds).toBeGreaterThan(50);
    expect(shown[1]!.asideSeconds).toBe(0);

    await sql`UPDATE agent_health SET until = now()`.execute(w.db);
    const again = await w.agent('bad', 'n1');
    await failOne(w, again);
    expect(await w.lease(again)).toEqual([]);
    expect((await w.store.agents())[0]!.asideSeconds).toBeGreaterThan(110);
  });

  it('is well again with its first success', async () => {
    const w = worldOf(await postgres.database());
    await w.submit(20);
    const [bad] = [await w.agent('bad', 'n1'), await w.agent('good', 'n2')];
    await failing(w, bad);
    await sql`UPDATE agent_health SET until = now()`.execute(w.db);
    expect(await w.complete(bad, await w.leaseOne(bad))).toBe('committed');
    expect((await sql`SELECT 1 FROM agent_health`.execute(w.db)).rows).toEqual([]);
    await failOne(w, bad);
    expect(await w.lease(bad)).toHaveLength(1);
  });

  it('works on where nobody else does, and where all fail alike', async () => {
    const w = worldOf(await postgres.database());
    await w.submit(20);
    const a = await w.agent('a', 'n1');
    await failing(w, a);
    expect(await w.lease(a)).toHaveLength(1);
    const b = await w.agent('b', 'n2');
    await failOne(w, b);
    await failOne(w, a);
    expect(await w.lease(a)).toHaveLength(1);
  });

  it('is not looked for by the shards that failed on its node: they may come back to it, or go to others', async () => {
    const w = worldOf(await postgres.database());
    await w.submit(6);
    const [good, bad] = [await w.agent('good', 'n2'), await w.agent('bad', 'n1')];
    const first = await failOne(w, good);
    await w.complete(good, await w.leaseOne(good));
    await failing(w, bad);
    await pauseIsOver(w);
    // Set aside, the other node counts as gone: what failed on the good one's is its to try again.
    expect((await w.lease(good, 5)).map(({ seq }) => seq)).toContain(first);
  });
});

describe('what is decided on', () => {
  it('may be a little old, but not older than what this coordinator did itself', async () => {
    const w = worldOf(await postgres.database(), { viewMs: defaultPolicy.viewMs });
    await w.submit(2);
    const [a] = [await w.agent('a', 'n1'), await w.agent('b', 'n2')];
    await failOne(w, a);
    await pauseIsOver(w);
    expect((await w.lease(a, 5)).map(({ seq }) => seq)).toEqual([1]);
  });
});

/** Two ranges of a data set, of each of two layers a merge, and forty synthesis shards of 64 units each; publish. */
function longPlan(name = 'long', units = 20 * 64): SweepPlan {
  const plan = planOf({ name, layers: 2 });
  return {
    ...plan,
    layers: plan.layers.map((layer) => ({ ...layer, units, selected: [[0, units]], megaMacs: 12_000 })),
    dataset: { location: '/pictures', index: 'cd'.repeat(32), samples: 20 },
    spec: { ...plan.spec, dataset: { path: 'pictures', shard: 10 }, views: { ...plan.spec.views, exemplars: { top: 1, bottom: 0, quantiles: 0, effective: [], batch: 8 } } },
  };
}
const submitted = async (w: World, plan: SweepPlan): Promise<string> => (await w.store.submit({ idempotencyKey: plan.spec.name, planJson: JSON.stringify(plan), plan })).sweepId;

interface Task { readonly stage: string; readonly layer: string; readonly unitStart: number; readonly unitEnd: number; readonly seq: number }
const taskOf = (lease: LeasedShard): Task => { const { stage, layer, unitStart, unitEnd, seq } = JSON.parse(lease.taskJson) as Task; return { stage, layer, unitStart, unitEnd, seq }; };

describe('a sweep of more shards than a window', () => {
  const windowed = { windowShards: 3 };

  it('is rows as far as they are needed, counts as if all were, and hands out what the plan expands to, stage after stage', async () => {
    const w = worldOf(await postgres.database(), windowed);
    const plan = longPlan();
    const sweepId = await submitted(w, plan);
    const all = [...expandShards(plan)];
    expect(await w.shards(sweepId)).toHaveLength(1);
    const [a, b] = [await w.agent('a'), await w.agent('b')];
    const given: Task[] = [];
    for (let turn = 0; (await w.store.sweep(sweepId)).state === 'running'; turn++) {
      expect(turn).toBeLessThan(200);
      const sweep = await w.store.sweep(sweepId);
      expect(sweep.stages.map(({ stage, total }) => [stage, total])).toEqual([...new Set(all.map(({ stage }) => stage))].map((stage) => [stage, all.filter((shard) => shard.stage === stage).length]));
      expect(sweep.stages.reduce((sum, { units }) => sum + units, 0)).toBe(all.reduce((sum, { unitStart, unitEnd }) => sum + unitEnd - unitStart, 0));
      const open = (await w.shards(sweepId)).filter(({ state }) => state === 'ready' || state === 'leased');
      expect(open.length).toBeLessThanOrEqual(2 * windowed.windowShards);
      const session = turn % 2 === 0 ? a : b;
      for (const lease of await w.lease(session, 2)) {
        given.push(taskOf(lease));
        expect(await w.complete(session, lease)).toBe('committed');
      }
    }
    const places = given.map(({ stage }) => stages.indexOf(stage as Stage));
    expect(places).toEqual(places.toSorted((x, y) => x - y));
    expect(given.toSorted((x, y) => x.seq - y.seq)).toEqual(all.map(({ stage, layer, unitStart, unitEnd, seq }) => ({ stage, layer, unitStart, unitEnd, seq })));
    expect((await w.store.sweep(sweepId)).state).toBe('done');
  });

  it('is made of rows once when many ask at once, on several coordinators', async () => {
    const db = await postgres.database();
    const [w, other] = [worldOf(db, windowed), worldOf(db, windowed)];
    const sweepId = await submitted(w, longPlan());
    const sessions = await Promise.all(Array.from({ length: 8 }, (_, i) => w.agent(`agent-${i}`)));
    const given: string[] = [];
    const work = async (session: string, turn: number): Promise<void> => {
      const of = turn % 2 === 0 ? w : other;
      for (let idle = 0; idle < 50;) {
        const leases = await of.store.acquire({ session, requestId: `${session} ${given.length} ${idle} ${turn}`, max: 3 });
        if (leases === 'session-lost') throw new Error('lost');
        idle = leases.length === 0 ? idle + 1 : 0;
        for (const lease of leases) {
          given.push(`${taskOf(lease).seq}`);
          expect(await of.complete(session, lease)).toBe('committed');
        }
        if ((await w.store.sweep(sweepId)).state === 'done') return;
      }
    };
    await Promise.all(sessions.map(work));
    expect((await w.store.sweep(sweepId)).state).toBe('done');
    expect(given.toSorted()).toEqual([...expandShards(longPlan())].map(({ seq }) => `${seq}`).toSorted());
  });

  it('bisects, is cancelled and retried like any other, in the middle of its windows', async () => {
    const w = worldOf(await postgres.database(), { ...windowed, failureBudget: 1 });
    const plan = longPlan();
    const sweepId = await submitted(w, plan);
    const session = await w.agent('a');
    const made = new Map<string, number>();
    const note = (lease: LeasedShard): boolean => {
      const { stage, layer, unitStart, unitEnd } = taskOf(lease);
      if (stage === 'synthesis') for (let unit = unitStart; unit < unitEnd; unit++) made.set(`${layer}/${unit}`, (made.get(`${layer}/${unit}`) ?? 0) + 1);
      return stage === 'synthesis';
    };
    let claim = await w.leaseOne(session);
    for (let synthesised = 0; synthesised < 5; claim = await w.leaseOne(session)) {
      if (note(claim)) synthesised++;
      await w.complete(session, claim);
    }
    expect(await w.store.fail({ session, claim, failureClass: 'POISON', error: boom })).toBe('bisected');
    await pauseIsOver(w);
    await w.store.cancel(sweepId);
    expect(await w.lease(session)).toEqual([]);
    await w.store.retry(sweepId);
    for (let leases = await w.lease(session, 5); leases.length > 0; leases = await w.lease(session, 5)) {
      for (const lease of leases) {
        note(lease);
        expect(await w.complete(session, lease)).toBe('committed');
      }
    }
    expect((await w.store.sweep(sweepId)).state).toBe('done');
    expect([...made.values()].every((times) => times === 1)).toBe(true);
    expect(made.size).toBe(2 * 20 * 64);
    const seqs = (await w.shards(sweepId)).map(({ seq }) => seq);
    expect(new Set(seqs).size).toBe(seqs.length);
  });

  it('takes ten million units as a handful of rows', async () => {
    const w = worldOf(await postgres.database());
    const plan = planOf({ layers: 10 });
    const sweepId = await submitted(w, { ...plan, layers: plan.layers.map((layer) => ({ ...layer, units: 1_000_000, selected: [[0, 1_000_000]] })) });
    await w.leaseOne(await w.agent('a'));
    expect((await w.shards(sweepId)).length).toBeLessThan(400);
    expect((await w.store.sweep(sweepId)).stages[0]).toMatchObject({ units: 10_000_000, unitsDone: 0 });
  });
});

describe('leases that are asked for by time', () => {
  /** Commits with what a shard is said to have taken on a device. */
  const done = (w: World, session: string, lease: LeasedShard, seconds: number) =>
    w.store.complete({ session, claim: lease, manifest: { objects: [objectOf(lease)], statsJson: JSON.stringify({ unitsDone: 64, seconds, provider: 'cpu', device: 'a CPU' }) } });
  let requests = 0;
  const fitted = async (w: World, session: string): Promise<readonly LeasedShard[]> => {
    const leases = await w.store.acquire({ session, requestId: `fitted-${requests++}`, max: 64, targetSeconds: 90 });
    if (leases === 'session-lost') throw new Error('lost');
    return leases;
  };

  it('begin with a probe, fill the time by what shards were seen to take, stay with one layer, and shrink towards the end', async () => {
    const w = worldOf(await postgres.database(), { windowShards: 8 });
    const plan = longPlan('long', 40 * 64);
    const { dataset: _, ...rest } = { ...plan, spec: { ...plan.spec, views: { synthesis: plan.spec.views.synthesis } } };
    await submitted(w, rest as SweepPlan);
    const session = await w.agent('a');
    const sizes: number[] = [];
    const layers: string[] = [];
    for (let leases = await fitted(w, session); leases.length > 0 && taskOf(leases[0]!).stage === 'synthesis'; leases = await fitted(w, session)) {
      sizes.push(leases.length);
      expect(new Set(leases.map((lease) => taskOf(lease).layer)).size).toBe(1);
      layers.push(taskOf(leases[0]!).layer);
      for (const lease of leases) await done(w, session, lease, 10);
    }
    expect(sizes[0]).toBe(1);
    expect(sizes.slice(1, 4)).toEqual([9, 9, 9]);
    expect(sizes.at(-1)).toBe(1);
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(80);
    // From one layer to the next once, and not back.
    expect(layers.filter((layer, i) => layer !== layers[i - 1]).length).toBe(2);
  });

  it('of two sweeps go to both in proportion to their weights, and a later one begins beside them', async () => {
    const w = worldOf(await postgres.database());
    const names = ['one', 'two', 'late'];
    const ids: string[] = [];
    const start = async (name: string, weight: number): Promise<void> => {
      const plan = planOf({ name, layers: 1 });
      const id = await submitted(w, { ...plan, layers: plan.layers.map((layer) => ({ ...layer, units: 64_000, selected: [[0, 64_000]], megaMacs: 12_000 })) });
      await w.store.share(id, { weight });
      ids.push(id);
    };
    const session = await w.agent('a');
    const had = new Map<string, number>();
    const work = async (leases: number): Promise<void> => {
      for (let i = 0; i < leases; i++) {
        for (const lease of await w.lease(session)) {
          had.set(lease.sweepId, (had.get(lease.sweepId) ?? 0) + 1);
          await sql`UPDATE shard SET leased_at = now() - interval '10 seconds' WHERE sweep_id = ${lease.sweepId} AND seq = ${lease.seq}`.execute(w.db);
          await done(w, session, lease, 10);
        }
      }
    };
    await start(names[0]!, 1);
    await start(names[1]!, 3);
    await work(40);
    expect(ids.map((id) => had.get(id))).toEqual([10, 30]);
    await start(names[2]!, 1);
    had.clear();
    await work(50);
    for (const [i, wanted] of [10, 30, 10].entries()) expect(Math.abs(had.get(ids[i]!)! - wanted)).toBeLessThanOrEqual(1);
    await w.store.reap();
    expect((await sql<{ rows: number }>`SELECT count(*)::integer AS rows FROM sweep_usage`.execute(w.db)).rows).toEqual([{ rows: 3 }]);
    await work(5);
    expect([...had.values()].reduce((a, b) => a + b, 0)).toBe(55);
  });

  it('are not given beyond a quota, and a band with a higher number comes first', async () => {
    const w = worldOf(await postgres.database());
    const [low, high] = [await submitted(w, { ...planOf({ name: 'low', layers: 6 }) }), await submitted(w, { ...planOf({ name: 'high', layers: 6 }) })];
    await w.store.share(high, { priority: 1, maxAgents: 1 });
    expect(await w.store.sweep(high)).toMatchObject({ weight: 1, priority: 1, maxAgents: 1 });
    await expect(w.store.share('sw-ffffffffff', { weight: 2 })).rejects.toMatchObject({ code: 'COORDINATOR_SWEEP_NOT_FOUND' });
    const sessions = await Promise.all(['a', 'b', 'c'].map((name) => w.agent(name)));
    const first = await fitted(w, sessions[0]!);
    expect(first.map(({ sweepId }) => sweepId)).toEqual([high]);
    expect((await fitted(w, sessions[1]!)).map(({ sweepId }) => sweepId)).toEqual([low]);
    expect((await fitted(w, sessions[2]!)).map(({ sweepId }) => sweepId)).toEqual([low]);
    await done(w, sessions[0]!, first[0]!, 1);
    expect((await fitted(w, sessions[0]!)).map(({ sweepId }) => sweepId)).toContain(high);
  });

  it('cost the shard that an agent was lost with, not those that it had not begun', async () => {
    const w = worldOf(await postgres.database());
    const sweepId = await w.submit(4);
    const session = await w.agent('a');
    await w.lease(session, 4);
    await w.expire(session);
    expect(await w.store.reap()).toHaveLength(4);
    const { rows } = await sql<{ losses: number }>`SELECT losses FROM shard WHERE sweep_id = ${sweepId} ORDER BY seq`.execute(w.db);
    expect(rows.map(({ losses }) => losses)).toEqual([1, 0, 0, 0, 0]);
  });
});
