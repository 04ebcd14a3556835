import { sql } from 'kysely';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { boom, worldOf, type World } from '../testing/world.js';
import { middle } from './bisect.js';
import type { LeasedShard } from './store.js';

const postgres = testPostgres();

interface Range { readonly unitStart: number; readonly unitEnd: number }
const rangeOf = (lease: LeasedShard): Range => JSON.parse(lease.taskJson) as Range;

/** Works through a sweep of two layers of 64 units in batches of 8, where every shard of `conv0` with a bad unit fails. */
async function swept(bad: readonly number[], agents: readonly { readonly agentId: string; readonly node: string }[]): Promise<{ readonly w: World; readonly sweepId: string; readonly failures: number; readonly made: readonly Range[] }> {
  const w = worldOf(await postgres.database());
  const plan = planOf({ layers: 2 });
  const [view] = plan.spec.views.synthesis;
  const small = { ...plan, spec: { ...plan.spec, views: { synthesis: [{ ...view!, batch: 8 }] } } };
  const { sweepId } = await w.store.submit({ idempotencyKey: 'k', planJson: JSON.stringify(small), plan: small });
  const sessions: string[] = [];
  for (const agent of agents) sessions.push((await w.store.register({ ...agent, incarnation: agent.agentId, provider: 'cpu', device: '', version: '0', plugins: [] })).session);
  const made: Range[] = [];
  let failures = 0;
  for (let turn = 0; (await w.store.sweep(sweepId)).state === 'running'; turn++) {
    expect(turn).toBeLessThan(300);
    const session = sessions[turn % sessions.length]!;
    const [lease] = await w.lease(session);
    if (lease === undefined) continue; // what is left failed on its node, or it is set aside
    const { layer, unitStart, unitEnd, stage } = JSON.parse(lease.taskJson) as Range & { readonly layer: string; readonly stage: string };
    if (layer === 'conv0' && bad.some((unit) => unitStart <= unit && unit < unitEnd)) {
      failures++;
      expect(['will-retry', 'bisected', 'quarantined']).toContain(await w.store.fail({ session, claim: lease, failureClass: 'POISON', error: boom }));
      await sql`UPDATE shard SET not_before = '-infinity'`.execute(w.db); // the pause is another test's
    } else {
      expect(await w.complete(session, lease)).toBe('committed');
      if (stage === 'synthesis' && layer === 'conv0') made.push({ unitStart, unitEnd });
    }
  }
  return { w, sweepId, failures, made };
}

const covered = (ranges: readonly Range[]): readonly number[] =>
  ranges.flatMap(({ unitStart, unitEnd }) => Array.from({ length: unitEnd - unitStart }, (_, i) => unitStart + i)).toSorted((a, b) => a - b);
const two = [{ agentId: 'a', node: 'n1' }, { agentId: 'b', node: 'n2' }];

describe('bisection', () => {
  it('cuts between batches while there are several, then in the middle, and never off the range', () => {
    expect([[0, 64], [8, 32], [3, 64], [0, 8], [5, 7]].map(([unitStart, unitEnd]) => middle({ unitStart: unitStart!, unitEnd: unitEnd! }, 8))).toEqual([32, 24, 35, 4, 6]);
    fc.assert(fc.property(fc.nat(1000), fc.integer({ min: 2, max: 5000 }), fc.integer({ min: 1, max: 256 }), (unitStart, units, batch) => {
      const at = middle({ unitStart, unitEnd: unitStart + units }, batch);
      expect(at).toBeGreaterThan(unitStart);
      expect(at).toBeLessThan(unitStart + units);
      if (units > batch) expect((at - unitStart) % batch).toBe(0);
    }));
  });

  it('finds the one bad unit, makes all others exactly once, and publishes with it in quarantine', async () => {
    const { w, sweepId, failures, made } = await swept([13], two);
    expect(covered(made)).toEqual(Array.from({ length: 64 }, (_, i) => i).filter((i) => i !== 13));
    expect(await w.store.quarantine(sweepId)).toMatchObject([{ layer: 'conv0', unitStart: 13, unitEnd: 14, failures: 3 }]);
    expect(failures).toBe(3 + 5 + 3); // the shard; 32, 16, 8, 4 and 2 units; the unit
    const { rows: [nodes] } = await sql<{ nodes: number }>`SELECT count(DISTINCT node)::integer AS nodes FROM shard_failure`.execute(w.db);
    expect(nodes).toEqual({ nodes: 2 });
    expect(await w.store.sweep(sweepId)).toMatchObject({ state: 'failed', stages: [{ stage: 'synthesis', units: 128, unitsDone: 127 }, { stage: 'publish', done: 1 }] });
  });

  it('gives up the rest of a shard of bad units after a few of them, instead of one after the other', async () => {
    const { w, sweepId, failures, made } = await swept(Array.from({ length: 64 }, (_, i) => i), two);
    expect(made).toEqual([]);
    // By hand: taken in order of seq, it is cut 6, 5 and 4 times until units 0, 32 and 16 are given up. That is the shard three times, the
    // 14 other cuts, the 10 pieces that are then given up as they are, and 3 each for the 6 units that were cut out.
    expect(failures).toBe(3 + 14 + 10 + 3 * 6);
    expect(covered(await w.store.quarantine(sweepId))).toEqual(Array.from({ length: 64 }, (_, i) => i));
  });

  it('makes every unit that is not bad, or names it, whichever are bad', async () => {
    await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.nat(63), { maxLength: 6 }), async (bad) => {
      const { w, sweepId, made } = await swept(bad, two);
      const given = covered(await w.store.quarantine(sweepId));
      expect([...covered(made), ...given].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i));
      expect(bad.every((unit) => given.includes(unit))).toBe(true);
      if (bad.length <= 3) expect(given).toEqual(bad.toSorted((a, b) => a - b));
    }), { numRuns: 4 });
  });

  it('keeps out who held the shard before it was cut, and gives both halves to others', async () => {
    const w = worldOf(await postgres.database(), { failureBudget: 1 });
    await w.submit(1);
    const [a, b] = [await w.agent('a'), await w.agent('b')];
    const claim = await w.leaseOne(a);
    expect(await w.store.fail({ session: a, claim, failureClass: 'POISON', error: boom })).toBe('bisected');
    expect(await w.store.fail({ session: a, claim, failureClass: 'POISON', error: boom })).toBe('fenced');
    expect(await w.complete(a, claim)).toBe('fenced');
    const halves = await w.lease(b, 5);
    expect(halves.map((half) => [half.seq, half.fence, rangeOf(half).unitStart, rangeOf(half).unitEnd])).toEqual([[0, 2n, 0, 32], [2, 1n, 32, 64]]);
    expect(await w.complete(a, claim)).toBe('fenced');
    expect(await w.complete(a, { ...claim, seq: 2 })).toBe('fenced');
    for (const half of halves) expect(await w.complete(b, half)).toBe('committed');
  });

  it('numbers the pieces of shards that fail at the same moment apart', async () => {
    const w = worldOf(await postgres.database(), { failureBudget: 1 });
    const sweepId = await w.submit(8);
    const session = await w.agent('a');
    const leases = await w.lease(session, 8);
    const outcomes = await Promise.all(leases.map((claim) => w.store.fail({ session, claim, failureClass: 'POISON', error: boom })));
    expect(outcomes).toEqual(leases.map(() => 'bisected'));
    expect((await w.shards(sweepId)).map(({ seq }) => seq)).toEqual(Array.from({ length: 17 }, (_, i) => i));
    expect((await w.store.sweep(sweepId)).stages[0]).toMatchObject({ stage: 'synthesis', total: 16, units: 8 * 64 });
  });
});
