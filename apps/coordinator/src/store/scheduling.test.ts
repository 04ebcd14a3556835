import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testPostgres } from '../testing/test-postgres.js';
import { boom, worldOf, type World } from '../testing/world.js';
import { defaultPolicy, type FailureClass } from './store.js';

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
