import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { objectOf, planOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { boom, worldOf, type World } from '../testing/world.js';
import type { Claim, LeasedShard, StoredObject } from './store.js';

const postgres = testPostgres();

interface Range { readonly layer: string; readonly unitStart: number; readonly unitEnd: number }
const rangeOf = (lease: LeasedShard): Range => { const { layer, unitStart, unitEnd } = JSON.parse(lease.taskJson) as Range; return { layer, unitStart, unitEnd }; };
const names = (claims: readonly Claim[]): readonly string[] => claims.map(({ seq, fence }) => `${seq} ${fence}`).toSorted();

/** One shard for each layer, of 64 units in batches of 8, two rows each. */
async function submitted(w: World, layers: number): Promise<string> {
  const plan = planOf({ layers });
  const [view] = plan.spec.views.synthesis;
  const small = { ...plan, spec: { ...plan.spec, views: { synthesis: [{ ...view!, batch: 8, seeds: [0, 1] }] } } };
  return (await w.store.submit({ idempotencyKey: 'k', planJson: JSON.stringify(small), plan: small })).sweepId;
}

let beats = 0n;
interface Said { readonly begunSeconds: number; readonly fraction: number }
const nothing: Said = { begunSeconds: 0, fraction: 0 };
/** What is answered to each lease of a heartbeat. */
async function beat(w: World, session: string, leases: readonly Claim[], said: (lease: Claim) => Said = () => nothing): Promise<readonly string[]> {
  const answers = await w.store.heartbeat({ session, seq: ++beats, leases: leases.map((lease) => ({ ...lease, unitsDone: 0, unitsTotal: 64, phase: 'ascend', ...said(lease) })) });
  if (answers === 'session-lost') throw new Error('lost');
  return answers.map(({ kind }) => kind);
}
/** As an agent says of a shard that will take hundreds of seconds yet. */
const slow: Said = { begunSeconds: 100, fraction: 0.25 };
const checkpoint = (units: number): StoredObject => ({ key: `checkpoints/conv0/0-00000-${units}-0123456789abcdef.parquet`, bytes: 10n, sha256: 'ab'.repeat(32), rows: BigInt(2 * units), kind: 'synthesis', layer: 'conv0' });

/** Works through all that is left, and gives the ranges that were committed. */
async function finish(w: World, sessions: readonly string[], sweepId: string): Promise<readonly Range[]> {
  const made: Range[] = [];
  for (let turn = 0; (await w.store.sweep(sweepId)).state === 'running'; turn++) {
    expect(turn).toBeLessThan(100);
    const session = sessions[turn % sessions.length]!;
    for (const lease of await w.lease(session)) {
      expect(await w.store.complete({ session, claim: lease, manifest: { objects: [objectOf(lease)], statsJson: '{}' } })).toBe('committed');
      made.push(rangeOf(lease));
    }
  }
  return made;
}
const unitsOf = (ranges: readonly Range[], layer: string): readonly number[] =>
  ranges.filter((range) => range.layer === layer).flatMap(({ unitStart, unitEnd }) => Array.from({ length: unitEnd - unitStart }, (_, i) => unitStart + i)).toSorted((a, b) => a - b);
const all = Array.from({ length: 64 }, (_, i) => i);

/** Agents a and b, of which a holds the one shard of a sweep, slowly. */
async function oneHeld(): Promise<{ readonly w: World; readonly sweepId: string; readonly a: string; readonly b: string; readonly claim: LeasedShard }> {
  const w = worldOf(await postgres.database());
  const sweepId = await submitted(w, 1);
  const [a, b] = [await w.agent('a'), await w.agent('b')];
  const claim = await w.leaseOne(a);
  await beat(w, a, [claim], () => slow);
  return { w, sweepId, a, b, claim };
}

describe('leases that others could begin with', () => {
  it('are asked for when an agent is idle and nothing is ready, are told of with the heartbeat, and move', async () => {
    const w = worldOf(await postgres.database());
    const sweepId = await submitted(w, 5);
    const [a, b] = [await w.agent('a'), await w.agent('b')];
    const leases = await w.lease(a, 5);
    const asked = await w.store.askToYield();
    expect(names(asked)).toEqual(['3 1', '4 1']);
    expect(await beat(w, a, leases)).toEqual(['continue', 'continue', 'continue', 'yield', 'yield']);
    expect(await w.store.askToYield()).toEqual([]); // what was asked for lately may come yet
    expect(await w.store.release({ session: a, claims: leases.slice(3) })).toBe(2);
    const given = await w.lease(b, 5);
    expect(given.map(rangeOf)).toEqual(leases.slice(3).map(rangeOf)); // none was begun: none is cut
    expect(await beat(w, b, given)).toEqual(['continue', 'continue']);
    for (const lease of leases.slice(0, 3)) expect(await w.complete(a, lease)).toBe('committed');
    for (const lease of leases.slice(3)) expect(await w.complete(a, lease)).toBe('fenced');
    for (const lease of given) expect(await w.complete(b, lease)).toBe('committed');
    await finish(w, [a, b], sweepId);
    expect((await w.store.sweep(sweepId)).stages[0]).toMatchObject({ stage: 'synthesis', total: 5, done: 5, unitsDone: 320 });
  });

  it('are asked for once, by whichever coordinator', async () => {
    const db = await postgres.database();
    const [w, other] = [worldOf(db), worldOf(db)];
    await submitted(w, 5);
    const a = await w.agent('a');
    await w.agent('b');
    await w.lease(a, 5);
    const asked = (await Promise.all([w, other, w, other].map(({ store }) => store.askToYield()))).flat();
    expect(names(asked)).toEqual(['3 1', '4 1']);
  });

  it('stay where they are while something is ready, while nobody is idle, and where whoever is idle is set aside or lacks a plugin', async () => {
    const w = worldOf(await postgres.database());
    const sweepId = await submitted(w, 6);
    const a = await w.agent('a');
    const leases = await w.lease(a, 4);
    expect(await w.store.askToYield()).toEqual([]);
    const b = await w.agent('b');
    expect(await w.store.askToYield()).toEqual([]);
    await w.lease(b, 2);
    expect(await w.store.askToYield()).toEqual([]);
    await w.agent('c');
    await sql`INSERT INTO agent_health (agent_id, failed, until) VALUES ('c', '{x}', now() + interval '1 hour')`.execute(w.db);
    expect(await w.store.askToYield()).toEqual([]);
    await w.agent('d');
    await sql`UPDATE sweep SET plugins = '{prior/x@1}' WHERE id = ${sweepId}`.execute(w.db);
    expect(await w.store.askToYield()).toEqual([]);
    await sql`UPDATE sweep SET plugins = '{}' WHERE id = ${sweepId}`.execute(w.db);
    expect(names(await w.store.askToYield())).toEqual(['2 1', '3 1']);
    expect(leases).toHaveLength(4);
  });

  it('are not asked for of a sweep that is paused, and what was asked for is cancelled then', async () => {
    const w = worldOf(await postgres.database());
    const sweepId = await submitted(w, 4);
    const [a] = [await w.agent('a'), await w.agent('b')];
    const leases = await w.lease(a, 4);
    await w.store.pause(sweepId);
    expect(await w.store.askToYield()).toEqual([]);
    await w.store.resume(sweepId);
    expect(await w.store.askToYield()).not.toEqual([]);
    await w.store.pause(sweepId);
    expect(new Set(await beat(w, a, leases))).toEqual(new Set(['cancel']));
  });

  it('are others after a while, where a holder does not know that he was asked', async () => {
    const w = worldOf(await postgres.database());
    await submitted(w, 6);
    const [a] = [await w.agent('a'), await w.agent('b')];
    await w.lease(a, 6);
    expect(names(await w.store.askToYield())).toEqual(['4 1', '5 1', '3 1'].toSorted());
    await sql`UPDATE shard SET yield_at = now() - interval '31 seconds' WHERE yield_at IS NOT NULL`.execute(w.db);
    expect(names(await w.store.askToYield())).toEqual(['1 1', '2 1']);
  });
});

describe('a shard that is worked on', () => {
  it('is cut behind what is finished of it, between batches; both parts are given out, the first with its checkpoints, and all is committed once', async () => {
    const { w, sweepId, a, b, claim } = await oneHeld();
    expect(names(await w.store.askToYield())).toEqual(['0 1']);
    expect(await beat(w, a, [claim], () => slow)).toEqual(['yield']);
    const finished = [checkpoint(24)];
    expect(await w.store.release({ session: a, claims: [{ ...claim, finished }] })).toBe(1);
    // Three of eight batches are done; of five that are left three stay with them.
    const [first] = await w.lease(b);
    const [second] = await w.lease(a);
    expect([first!, second!].map((lease) => [lease.seq, lease.fence, rangeOf(lease).unitStart, rangeOf(lease).unitEnd, lease.finished])).toEqual([
      [0, 2n, 0, 48, finished], [2, 1n, 48, 64, []],
    ]);
    const { rows } = await sql`SELECT failures, faults, losses, failed_nodes, origin, error, cost FROM shard WHERE sweep_id = ${sweepId} AND stage = 'synthesis' ORDER BY seq`.execute(w.db);
    const whole = { failures: 0, faults: 0, losses: 0, failed_nodes: [], origin: null, error: null };
    expect(rows).toMatchObject([whole, whole]);
    const [firstCost, secondCost] = (rows as readonly { readonly cost: number }[]).map(({ cost }) => cost);
    expect(firstCost! / secondCost!).toBeCloseTo(3);
    expect(await w.complete(a, claim)).toBe('fenced');
    expect(await w.complete(b, first!)).toBe('committed');
    expect(await w.complete(a, second!)).toBe('committed');
    await finish(w, [a, b], sweepId);
    expect((await w.store.sweep(sweepId)).stages[0]).toMatchObject({ stage: 'synthesis', total: 2, done: 2, units: 64, unitsDone: 64 });
  });

  it('is cut again and again, down to its batches, until nobody is idle or nothing is left to share', async () => {
    const { w, sweepId, a, b, claim } = await oneHeld();
    const sessions = [a, b, await w.agent('c'), await w.agent('d'), await w.agent('e')];
    const held = new Map<string, LeasedShard>([[a, claim]]);
    for (let round = 0; round < 8; round++) {
      for (const [session, lease] of held) await beat(w, session, [lease], () => slow);
      await w.store.askToYield();
      for (const [session, lease] of [...held]) {
        if ((await beat(w, session, [lease], () => slow))[0] !== 'yield') continue;
        expect(await w.store.release({ session, claims: [lease] })).toBe(1);
        held.delete(session);
      }
      for (const session of sessions) if (!held.has(session)) for (const lease of await w.lease(session)) held.set(session, lease);
    }
    expect(held.size).toBe(sessions.length);
    expect([...held.values()].every((lease) => rangeOf(lease).unitStart % 8 === 0 && rangeOf(lease).unitEnd % 8 === 0)).toBe(true);
    expect(unitsOf([...held.values()].map(rangeOf), 'conv0')).toEqual(all);
    for (const [session, lease] of held) expect(await w.complete(session, lease)).toBe('committed');
    await finish(w, sessions, sweepId);
    expect((await w.store.sweep(sweepId)).state).toBe('done');
  });

  it('stays whole where less than two batches are left, where it was not asked for, and where it was not begun', async () => {
    const { w, sweepId, a, b, claim } = await oneHeld();
    const whole = async () => (await w.shards(sweepId)).map(({ seq }) => seq);
    expect(await w.store.release({ session: a, claims: [{ ...claim, finished: [checkpoint(8)] }] })).toBe(1);
    expect(await whole()).toEqual([0, 1]);
    const again = await w.leaseOne(a);
    await sql`UPDATE shard SET yield_fence = fence, yield_at = now() WHERE seq = 0`.execute(w.db);
    expect(await w.store.release({ session: a, claims: [{ ...again, finished: [] }] })).toBe(1); // the heartbeat was of another fence
    expect(await whole()).toEqual([0, 1]);
    const third = await w.leaseOne(b);
    await beat(w, b, [third], () => slow);
    await sql`UPDATE shard SET yield_fence = fence, yield_at = now() WHERE seq = 0`.execute(w.db);
    expect(await w.store.release({ session: b, claims: [{ ...third, finished: [checkpoint(56)] }] })).toBe(1);
    expect(await whole()).toEqual([0, 1]);
  });

  it('is not changed by whoever has lost it, however he was asked', async () => {
    const { w, sweepId, a, b, claim } = await oneHeld();
    await w.store.askToYield();
    await w.expire(a);
    const facts = await w.facts();
    expect(await w.store.release({ session: a, claims: [{ ...claim, finished: [checkpoint(24)] }] })).toBe(0);
    expect(await w.facts()).toEqual(facts);
    await w.store.reap();
    const next = await w.leaseOne(b);
    expect(await beat(w, b, [next], () => slow)).toEqual(['continue']); // the earlier fence was asked
    for (const session of [a, b]) expect(await w.store.release({ session, claims: [{ ...claim, finished: [checkpoint(24)] }] })).toBe(0);
    expect(await w.store.release({ session: b, claims: [{ ...next, finished: [checkpoint(24)] }] })).toBe(1);
    expect(await w.shards(sweepId)).toHaveLength(2);
  });

  it('passes on what it has failed, and where, to both parts', async () => {
    const w = worldOf(await postgres.database());
    const sweepId = await submitted(w, 1);
    const [a, b] = [await w.agent('a', 'n1'), await w.agent('b', 'n2')];
    await w.store.fail({ session: a, claim: await w.leaseOne(a), failureClass: 'POISON', error: boom });
    await sql`UPDATE shard SET not_before = '-infinity', origin = 7`.execute(w.db);
    const claim = await w.leaseOne(b);
    await sql`UPDATE shard SET yield_fence = fence WHERE seq = 0`.execute(w.db);
    await w.store.release({ session: b, claims: [{ ...claim, finished: [checkpoint(48)] }] });
    const { rows } = await sql`SELECT unit_start, unit_end, failures, failed_nodes, origin FROM shard WHERE sweep_id = ${sweepId} AND stage = 'synthesis' ORDER BY seq`.execute(w.db);
    const passed = { failures: 1, failed_nodes: ['n1'], origin: 7 };
    expect(rows).toEqual([{ unit_start: 0, unit_end: 56, ...passed }, { unit_start: 56, unit_end: 64, ...passed }]);
  });

  it('is cut once when shards of one sweep are given back at the same moment, each part with a number of its own', async () => {
    const w = worldOf(await postgres.database());
    const sweepId = await submitted(w, 6);
    const sessions = await Promise.all(Array.from({ length: 6 }, (_, i) => w.agent(`agent-${i}`)));
    const leases: LeasedShard[] = [];
    for (const session of sessions) leases.push(await w.leaseOne(session));
    await sql`UPDATE shard SET yield_fence = fence WHERE state = 'leased'`.execute(w.db);
    const twice = sessions.flatMap((session, i) => [{ session, claims: [{ ...leases[i]!, finished: [checkpoint(8)] }] }, { session, claims: [{ ...leases[i]!, finished: [checkpoint(8)] }] }]);
    const released = await Promise.all(twice.map((given) => w.store.release(given)));
    expect(released.reduce((x, y) => x + y, 0)).toBe(6);
    expect((await w.shards(sweepId)).map(({ seq }) => seq)).toEqual(Array.from({ length: 13 }, (_, i) => i));
    const made = await finish(w, sessions, sweepId);
    for (let layer = 0; layer < 6; layer++) expect(unitsOf(made, `conv${layer}`)).toEqual(all);
  });
});
