import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { objectOf, planOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { boom, worldOf } from '../testing/world.js';
import type { Claim, LeasedShard, Store } from './store.js';

const postgres = testPostgres();
const world = async (policy?: Parameters<typeof worldOf>[1]) => worldOf(await postgres.database(), policy);
const stateOf = async (store: Store, sweepId: string) => (await store.sweep(sweepId)).state;

describe('acquire', () => {
  it('gives different shards to two agents that ask at once', async () => {
    const w = await world();
    const sweepId = await w.submit(20);
    const [a, b] = [await w.agent('a'), await w.agent('b')];
    const leases = (await Promise.all(Array.from({ length: 20 }, (_, i) => w.lease(i % 2 === 0 ? a : b)))).flat();
    expect(leases.map((lease) => lease.seq).toSorted((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(await w.lease(a)).toEqual([]);
    expect((await w.shards(sweepId)).filter((shard) => shard.state === 'leased').every((shard) => shard.fence === 1n)).toBe(true);
  });

  it('gives no more than was asked for, lowest first, with the plan as it was submitted', async () => {
    const w = await world();
    const plan = planOf({ layers: 5 });
    const planJson = JSON.stringify(plan, null, 3);
    await w.store.submit({ idempotencyKey: 'k', planJson, plan });
    const leases = await w.lease(await w.agent('a'), 3);
    expect(leases.map((lease) => lease.seq)).toEqual([0, 1, 2]);
    expect(JSON.parse(leases[1]!.taskJson)).toEqual({ sweepId: leases[1]!.sweepId, seq: 1, stage: 'synthesis', layer: 'conv1', unitStart: 0, unitEnd: 64, view: 0, cost: expect.any(Number), plan });
    expect(leases[0]!.taskJson).toContain(planJson);
  });

  it('takes older sweeps first and goes on to the next when one has nothing ready', async () => {
    const w = await world();
    const first = await w.submit(1, 'first');
    const second = await w.submit(2, 'second');
    expect((await w.lease(await w.agent('a'), 3)).map((lease) => [lease.sweepId, lease.seq])).toEqual([[first, 0], [second, 0], [second, 1]]);
  });

  it('gives the same leases to the same request, also when it runs many times at once', async () => {
    const w = await world();
    await w.submit(10);
    const session = await w.agent('a');
    for (const requestId of ['first', 'second', 'third']) { // the third finds 2 of the 10 shards, for 8 that want 4 each
      const ask = () => w.store.acquire({ session, requestId, max: 4 });
      const answers = await Promise.all(Array.from({ length: 8 }, ask));
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(answers[0]).toHaveLength(requestId === 'third' ? 2 : 4);
      const [one, ...rest] = answers[0] as readonly Claim[];
      await w.complete(session, one!);
      expect(((await ask()) as readonly Claim[]).map((lease) => lease.seq)).toEqual(rest.map((lease) => lease.seq));
    }
  });

  it('answers each of many that ask together as if it had asked alone: its own shards, its old leases, its lost session, nothing', async () => {
    const w = worldOf(await postgres.database());
    await w.submit(10, 'first');
    await w.submit(14, 'second');
    const sessions = await Promise.all(Array.from({ length: 12 }, (_, i) => w.agent(`a${i}`)));
    const [dead, again, ...living] = sessions as [string, string, ...string[]];
    const had = await w.store.acquire({ session: again, requestId: 'again', max: 2 });
    await w.expire(dead);
    const ask = (session: string, requestId: string) => w.store.acquire({ session, requestId, max: 2 });
    const [lost, replayed, ...given] = await Promise.all([ask(dead, 'dead'), ask(again, 'again'), ...living.map((session) => ask(session, 'new'))]);
    expect(lost).toBe('session-lost');
    expect(replayed).toEqual(had);
    const leases = [had, ...given].map((each) => each as readonly LeasedShard[]);
    expect(leases.map((each) => each.length)).toEqual(Array.from({ length: 11 }, () => 2));
    expect(new Set(leases.flat().map(({ sweepId, seq }) => `${sweepId}/${seq}`)).size).toBe(22);
    for (const [i, each] of leases.entries()) {
      for (const { sweepId, seq } of each) expect((await w.shards(sweepId))[seq]).toMatchObject({ state: 'leased', fence: 1n, session: i === 0 ? again : living[i - 1] });
    }
    const rest = (await Promise.all(living.map((session) => ask(session, 'more')))).map((each) => (each as readonly LeasedShard[]).length);
    expect(rest.reduce((a, b) => a + b, 0)).toBe(2);
    expect(await Promise.all(living.map((session) => ask(session, 'still more')))).toEqual(living.map(() => []));
    // Who got nothing is not remembered, and may ask again.
    expect((await sql`SELECT 1 FROM acquire_request`.execute(w.db)).rows).toHaveLength(leases.length + rest.filter((count) => count > 0).length);
  });

  it('tells a session that has run out so, before the reaper has seen it', async () => {
    const w = await world();
    await w.submit();
    const session = await w.agent('a');
    await w.expire(session);
    expect(await w.store.acquire({ session, requestId: 'r', max: 1 })).toBe('session-lost');
    expect(await w.store.acquire({ session: 'se-none', requestId: 'r', max: 1 })).toBe('session-lost');
  });
});

describe('complete', () => {
  it('refuses a zombie after its lease ran out, and changes nothing', async () => {
    const w = await world();
    await w.submit(1);
    const zombie = await w.agent('a');
    const stale = await w.leaseOne(zombie);
    await w.expire(zombie);
    const before = await w.facts();
    expect(await w.complete(zombie, stale)).toBe('fenced');
    expect(await w.facts()).toEqual(before);

    expect(await w.store.reap()).toHaveLength(1);
    const other = await w.agent('b');
    const fresh = await w.leaseOne(other);
    expect([fresh.seq, fresh.fence]).toEqual([stale.seq, 2n]);
    const leased = await w.facts();
    expect(await w.complete(zombie, stale)).toBe('fenced');
    expect(await w.complete(other, stale)).toBe('fenced'); // its fence is not the zombie's to use, nor the other way round
    expect(await w.complete(zombie, fresh)).toBe('fenced');
    expect(await w.facts()).toEqual(leased);

    expect(await w.complete(other, fresh)).toBe('committed');
    const done = await w.facts();
    expect(await w.complete(zombie, stale)).toBe('fenced');
    expect(await w.facts()).toEqual(done);
  });

  it('says already-committed to the same manifest, from whichever session the reply was lost', async () => {
    const w = await world();
    await w.submit(2);
    const session = await w.agent('a');
    const claim = await w.leaseOne(session);
    expect(await w.complete(session, claim)).toBe('committed');
    const done = await w.facts();
    expect(await w.complete(session, claim)).toBe('already-committed');
    expect(await w.complete(await w.agent('a'), claim)).toBe('already-committed');
    expect(await w.facts()).toEqual(done);
  });

  it('raises an alarm at another manifest under the same fence, and keeps the first', async () => {
    const w = await world();
    const sweepId = await w.submit(1);
    const session = await w.agent('a');
    const claim = await w.leaseOne(session);
    await w.complete(session, claim, 'a');
    await expect(w.complete(session, claim, 'b')).rejects.toMatchObject({ code: 'COORDINATOR_MANIFEST_MISMATCH', details: { shardId: `${sweepId}/0` } });
    expect((await w.store.manifest(sweepId)).map((object) => object.sha256)).toEqual(['a'.repeat(64)]);
  });

  it('commits once when the same completion arrives many times at once', async () => {
    const w = await world();
    await w.submit(1);
    const session = await w.agent('a');
    const claim = await w.leaseOne(session);
    const results = await Promise.all(Array.from({ length: 8 }, () => w.complete(session, claim)));
    expect(results.toSorted()).toEqual([...Array.from({ length: 7 }, () => 'already-committed'), 'committed']);
  });

  it('keeps the guard of each of many that arrive together: a living session, its own fence, its own objects', async () => {
    const w = await world();
    const sweepId = await w.submit(40);
    const [living, dead, thief] = [await w.agent('living'), await w.agent('dead'), await w.agent('thief')];
    const [good, late] = [await w.lease(living, 20), await w.lease(dead, 10)];
    await w.expire(dead);
    const results = await Promise.allSettled([
      ...good.slice(0, 18).map((claim) => w.complete(living, claim)),
      ...late.map((claim) => w.complete(dead, claim)),
      w.complete(thief, good[18]!), w.complete(living, { ...good[18]!, fence: good[18]!.fence + 1n }),
      w.store.complete({ session: living, claim: good[19]!, manifest: { objects: [objectOf(good[0]!)], statsJson: '{}' } }),
    ]);
    const said = results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as { code: string }).code));
    expect(said.slice(0, 18).filter((answer) => answer === 'committed').length).toBeGreaterThanOrEqual(17); // the first, or the last, has the key of the other
    expect(said.slice(18, 30)).toEqual(Array.from({ length: 12 }, () => 'fenced'));
    expect([said[0], said[30]].sort()).toEqual(['COORDINATOR_OBJECT_KEY_TAKEN', 'committed']);
    expect((await w.shards(sweepId)).filter(({ state }) => state === 'done')).toHaveLength(18);
    expect((await w.store.manifest(sweepId)).length).toBe(18);
    const [counted] = (await sql<{ shards_done: number }>`SELECT shards_done FROM session WHERE id = ${living}`.execute(w.db)).rows;
    expect(counted!.shards_done).toBe(18);
  });

  it('gives more work with a commit, the same again when the call is repeated, and one of it when it comes twice at once', async () => {
    const w = await world();
    await w.submit(6);
    const session = await w.agent('a');
    const claim = await w.leaseOne(session);
    const commit = { session, claim, manifest: { objects: [objectOf(claim)], statsJson: '{}' } };
    const twice = await Promise.all([w.store.completeAndAcquire(commit, { requestId: 'more', max: 2 }), w.store.completeAndAcquire(commit, { requestId: 'more', max: 2 })]);
    expect(twice.map(({ result }) => result).sort()).toEqual(['already-committed', 'committed']);
    const given = twice[0]!.leases.map(({ seq, fence }) => ({ seq, fence }));
    expect(given).toHaveLength(2);
    const repeated = await w.store.completeAndAcquire(commit, { requestId: 'more', max: 2 });
    for (const { leases } of [twice[1]!, repeated]) expect(leases.map(({ seq, fence }) => ({ seq, fence }))).toEqual(given);
    expect(repeated.result).toBe('already-committed');
    expect(await w.store.acquire({ session, requestId: 'more', max: 2 })).toMatchObject(given); // a poll of the same name
    expect((await w.shards(claim.sweepId)).filter(({ state }) => state === 'leased')).toHaveLength(2);
  });

  it('gives work to whoever comes too late with a commit, and none to a session that is over', async () => {
    const w = await world();
    await w.submit(4);
    const [session, dead] = [await w.agent('a'), await w.agent('b')];
    const [claim, late] = [await w.leaseOne(session), await w.leaseOne(dead)];
    await w.expire(dead);
    await w.store.reap();
    const commitOf = (of: string, what: Claim) => ({ session: of, claim: what, manifest: { objects: [objectOf(what)], statsJson: '{}' } });
    expect(await w.store.completeAndAcquire(commitOf(dead, late), { requestId: 'r', max: 9 })).toEqual({ result: 'fenced', leases: [] });
    const other = await w.store.completeAndAcquire(commitOf(session, { ...claim, fence: claim.fence + 1n }), { requestId: 'r', max: 1 });
    expect(other).toMatchObject({ result: 'fenced', leases: [{ fence: expect.anything() }] });
    expect((await w.shards(claim.sweepId)).filter(({ state }) => state === 'done')).toEqual([]);
  });

  it('refuses an object that another shard has committed, and leaves the shard leased', async () => {
    const w = await world();
    const sweepId = await w.submit(2);
    const session = await w.agent('a');
    const [one, two] = await w.lease(session, 2);
    const manifest = { objects: [objectOf(one!)], statsJson: '{}' };
    await w.store.complete({ session, claim: one!, manifest });
    await expect(w.store.complete({ session, claim: two!, manifest })).rejects.toMatchObject({ code: 'COORDINATOR_OBJECT_KEY_TAKEN' });
    expect((await w.shards(sweepId)).map((shard) => shard.state)).toEqual(['done', 'leased', 'waiting']);
  });
});

describe('sessions', () => {
  it('gives the leases of a killed agent to the next one as soon as its successor registers', async () => {
    const w = await world();
    const sweepId = await w.submit(2);
    const before = await w.agent('a');
    const lost = await w.lease(before, 2);
    const after = await w.agent('a');
    expect((await w.shards(sweepId)).map((shard) => shard.state)).toEqual(['ready', 'ready', 'waiting']);
    expect(await w.complete(before, lost[0]!)).toBe('fenced');
    expect(await w.store.heartbeat({ session: before, seq: 1n, leases: [] })).toBe('session-lost');
    expect((await w.lease(after, 2)).map((lease) => lease.fence)).toEqual([2n, 2n]);
  });

  it('gives the same incarnation its session again, with its leases', async () => {
    const w = await world();
    await w.submit(1);
    const agent = { agentId: 'a', incarnation: 'one', node: '', provider: 'cpu', device: '', version: '', plugins: [] };
    const first = await w.store.register(agent);
    const claim = await w.leaseOne(first.session);
    expect(await w.store.register(agent)).toEqual({ session: first.session, freed: [] });
    expect(await w.complete(first.session, claim)).toBe('committed');
  });

  it('keeps one living session when processes of one agent register at once', async () => {
    const w = await world();
    const sessions = await Promise.all(Array.from({ length: 6 }, () => w.agent('a')));
    const lives = await Promise.all(sessions.map(async (session) => (await w.store.heartbeat({ session, seq: 1n, leases: [] })) !== 'session-lost'));
    expect(lives.filter(Boolean)).toHaveLength(1);
  });

  it('keeps leases while it beats, and answers each: continue, cancel, lost', async () => {
    const w = await world();
    const sweepId = await w.submit(3);
    const other = await w.submit(1, 'other');
    const session = await w.agent('a');
    const leases = await w.lease(session, 4);
    const report = leases.map((lease) => ({ ...lease, unitsDone: 1, unitsTotal: 64, phase: 'ascend', fraction: 0.5 }));
    const beat = async (seq: bigint) => {
      const answers = await w.store.heartbeat({ session, seq, leases: report });
      return answers === 'session-lost' ? answers : answers.map(({ kind }) => kind);
    };
    expect(await beat(1n)).toEqual(['continue', 'continue', 'continue', 'continue']);
    expect(await w.store.reap()).toEqual([]);
    await w.store.release({ session, claims: [leases[0]!] });
    await w.store.cancel(other);
    expect(await beat(2n)).toEqual(['lost', 'continue', 'continue', 'cancel']);
    await w.store.pause(sweepId);
    expect(await beat(3n)).toEqual(['cancel', 'cancel', 'cancel', 'cancel']);
    expect(await w.complete(session, leases[1]!)).toBe('committed'); // what was finished meanwhile is not thrown away
    await w.store.resume(sweepId);
    expect(await beat(4n)).toEqual(['lost', 'lost', 'continue', 'cancel']);
  });

  it('frees a lease that its agent never speaks of, once a whole time to live has passed', async () => {
    const w = await world();
    const sweepId = await w.submit(1);
    const session = await w.agent('a');
    await w.leaseOne(session);
    await w.store.heartbeat({ session, seq: 1n, leases: [] });
    expect((await w.shards(sweepId))[0]).toMatchObject({ state: 'leased' });
    await sql`UPDATE shard SET leased_at = now() - interval '61 s' WHERE state = 'leased'`.execute(w.db);
    await w.store.heartbeat({ session, seq: 2n, leases: [] });
    expect((await w.shards(sweepId))[0]).toMatchObject({ state: 'ready' });
  });

  it('quarantines a shard that too many agents were lost on', async () => {
    const w = await world({ lossBudget: 2 });
    const sweepId = await w.submit(1);
    for (let i = 0; i < 2; i++) {
      const session = await w.agent(`a${i}`);
      await w.leaseOne(session);
      await w.expire(session);
      await w.store.reap();
    }
    expect(await w.store.quarantine(sweepId)).toMatchObject([{ seq: 0, layer: 'conv0', error: { code: 'COORDINATOR_LEASE_LOST', details: { agentId: 'a1', times: 2 } } }]);
  });

  it('lists the agents that live with what they hold and have done', async () => {
    const w = await world();
    await w.submit(3);
    const [a, b] = [await w.agent('a'), await w.agent('b')];
    const claim = await w.leaseOne(a);
    await w.complete(a, claim);
    await w.leaseOne(a);
    await w.expire(b);
    expect(await w.store.agents()).toMatchObject([{ agentId: 'a', leases: 1, shardsDone: 1, shardsFailed: 0, unitsDone: 64n, provider: 'cpu' }]);
  });
});

describe('fail and release', () => {
  it('quarantines a shard at its third failure, with a pause between tries, and remembers each', async () => {
    const w = await world({ badPieces: 0 });
    const sweepId = await w.submit(1);
    const session = await w.agent('a');
    const outcomes: string[] = [];
    for (let i = 0; i < 3; i++) {
      const claim = await w.leaseOne(session);
      outcomes.push(await w.store.fail({ session, claim, failureClass: 'POISON', error: boom }));
      expect(await w.lease(session)).toHaveLength(i < 2 ? 0 : 1); // not yet; then `publish`, which waits for no quarantined shard
      await sql`UPDATE shard SET not_before = now() WHERE state = 'ready'`.execute(w.db);
    }
    expect(outcomes).toEqual(['will-retry', 'will-retry', 'quarantined']);
    expect(await w.store.quarantine(sweepId)).toMatchObject([{ sweepId, seq: 0, failures: 3, error: boom }]);
    expect((await sql`SELECT fence, class FROM shard_failure ORDER BY fence`.execute(w.db)).rows).toEqual([1n, 2n, 3n].map((fence) => ({ fence, class: 'POISON' })));
  });

  it('quarantines bad input at once', async () => {
    const w = await world();
    await w.submit(1);
    const session = await w.agent('a');
    expect(await w.store.fail({ session, claim: await w.leaseOne(session), failureClass: 'BAD_INPUT', error: boom })).toBe('quarantined');
  });

  it('has more patience with the world than with the shard', async () => {
    const w = await world({ faultBudget: 5 });
    await w.submit(1);
    const session = await w.agent('a');
    const outcomes: string[] = [];
    for (let i = 0; i < 5; i++) {
      outcomes.push(await w.store.fail({ session, claim: await w.leaseOne(session), failureClass: 'TRANSIENT', error: boom }));
      await sql`UPDATE shard SET not_before = now() WHERE state = 'ready'`.execute(w.db);
    }
    expect(outcomes).toEqual([...Array.from({ length: 4 }, () => 'will-retry'), 'quarantined']);
  });

  it('takes neither a failure nor a release from who does not hold the shard', async () => {
    const w = await world();
    await w.submit(1);
    const [a, b] = [await w.agent('a'), await w.agent('b')];
    const claim = await w.leaseOne(a);
    const before = await w.facts();
    expect(await w.store.fail({ session: b, claim, failureClass: 'POISON', error: boom })).toBe('fenced');
    expect(await w.store.fail({ session: a, claim: { ...claim, fence: 2n }, failureClass: 'POISON', error: boom })).toBe('fenced');
    expect(await w.store.release({ session: b, claims: [claim] })).toBe(0);
    expect(await w.store.release({ session: a, claims: [{ ...claim, fence: 2n }] })).toBe(0);
    expect(await w.facts()).toEqual(before);
  });

  it('hands what is finished of a shard to its next holders, until it fails or is done, and takes it from no zombie', async () => {
    const w = await world();
    const sweepId = await w.submit(2);
    const session = await w.agent('a');
    const [first, second] = await w.lease(session, 2) as [LeasedShard, LeasedShard];
    expect(first.finished).toEqual([]);
    const finished = [{ ...objectOf(first, 'f'), key: 'checkpoints/x.parquet' }, { ...objectOf(first, 'e'), key: 'checkpoints/y.parquet' }];
    expect(await w.store.release({ session, claims: [{ ...first, finished }, { ...second, finished: [] }] })).toBe(2);
    const [again, other] = await w.lease(session, 2) as [LeasedShard, LeasedShard];
    expect([again.finished, other.finished]).toEqual([finished, []]);
    expect(await w.store.release({ session, claims: [{ ...first, finished: [] }, { ...first, finished: finished.slice(1) }] })).toBe(0); // an old fence
    expect(await w.store.release({ session, claims: [again] })).toBe(1); // who says nothing of it leaves it
    const third = await w.leaseOne(session);
    expect(third.finished).toEqual(finished);
    expect(await w.complete(session, third)).toBe('committed');
    await w.store.release({ session, claims: [{ ...other, finished }] });
    await w.store.fail({ session, claim: await w.leaseOne(session), failureClass: 'POISON', error: boom });
    expect((await sql`SELECT 1 FROM shard WHERE sweep_id = ${sweepId} AND finished IS NOT NULL`.execute(w.db)).rows).toEqual([]);
    expect((await w.store.manifest(sweepId)).map(({ key }) => key)).toEqual([objectOf(third).key]);
  });

  it('charges nothing for a released lease', async () => {
    const w = await world();
    await w.submit(1);
    const session = await w.agent('a');
    for (let i = 0; i < 5; i++) expect(await w.store.release({ session, claims: [await w.leaseOne(session)] })).toBe(1);
    expect((await w.leaseOne(session)).fence).toBe(6n);
  });
});

describe('a sweep', () => {
  it('publishes after its last shard, and is done after that', async () => {
    const w = await world();
    const sweepId = await w.submit(2);
    const session = await w.agent('a');
    const [one, two] = await w.lease(session, 5);
    await w.complete(session, one!);
    expect(await w.lease(session)).toEqual([]);
    await w.complete(session, two!);
    const publish = await w.leaseOne(session);
    expect(JSON.parse(publish.taskJson)).toMatchObject({ seq: 2, stage: 'publish', layer: '' });
    expect(await stateOf(w.store, sweepId)).toBe('running');
    await w.complete(session, publish);
    expect(await w.store.sweep(sweepId)).toMatchObject({ state: 'done', finishedAt: expect.any(Date), error: undefined, etaSeconds: 0 });
  });

  it('readies publish when the last two shards are completed at the same moment', async () => {
    const w = await world();
    for (let round = 0; round < 10; round++) {
      const sweepId = await w.submit(2, `key ${round}`);
      const [a, b] = [await w.agent('a'), await w.agent('b')];
      const [one, two] = [await w.leaseOne(a), await w.leaseOne(b)];
      await Promise.all([w.complete(a, one), w.complete(b, two)]);
      const publish = await w.leaseOne(a);
      expect([publish.sweepId, publish.seq]).toEqual([sweepId, 2]);
      await w.complete(a, publish);
    }
  });

  it('moves on by the reaper where the process died between a commit and what follows from it', async () => {
    const w = await world();
    const sweepId = await w.submit(1);
    const session = await w.agent('a');
    await w.complete(session, await w.leaseOne(session));
    await sql`UPDATE shard SET state = 'waiting' WHERE stage = 'publish'`.execute(w.db); // as the commit alone would leave it
    await w.store.reap();
    expect((await w.shards(sweepId))[1]).toMatchObject({ state: 'ready' });
  });

  it('has only the publish shard to do where every layer is blocked', async () => {
    const w = await world();
    const sweepId = await w.submit(0);
    const session = await w.agent('a');
    await w.complete(session, await w.leaseOne(session));
    expect(await stateOf(w.store, sweepId)).toBe('done');
  });

  it('fails with the first error when shards were quarantined, and a retry makes it whole', async () => {
    const w = await world();
    const sweepId = await w.submit(2);
    const session = await w.agent('a');
    const [bad, good] = await w.lease(session, 2);
    await w.store.fail({ session, claim: bad!, failureClass: 'BAD_INPUT', error: boom });
    await w.complete(session, good!);
    const published = await w.leaseOne(session);
    await w.complete(session, published);
    expect(await w.store.sweep(sweepId)).toMatchObject({ state: 'failed', error: boom, stages: [{ stage: 'synthesis', done: 1, quarantined: 1 }, { stage: 'publish', done: 1 }] });
    expect(await w.store.manifest(sweepId)).toHaveLength(2);

    await w.store.retry(sweepId);
    expect(await w.store.sweep(sweepId)).toMatchObject({ state: 'running', error: undefined, finishedAt: undefined });
    expect((await w.store.manifest(sweepId)).map((object) => object.key)).toEqual([objectOf(good!).key]); // the old atlas no longer counts
    await w.complete(session, await w.leaseOne(session));
    const again = await w.leaseOne(session);
    expect([again.seq, again.fence]).toEqual([2, 2n]);
    expect(await w.complete(session, published)).toBe('fenced');
    await w.complete(session, again);
    expect(await stateOf(w.store, sweepId)).toBe('done');
  });

  it('takes a publish that runs back when quarantined shards are retried', async () => {
    const w = await world();
    const sweepId = await w.submit(1);
    const session = await w.agent('a');
    await w.store.fail({ session, claim: await w.leaseOne(session), failureClass: 'BAD_INPUT', error: boom });
    const publish = await w.leaseOne(session);
    await w.store.retry(sweepId);
    expect(await w.complete(session, publish)).toBe('fenced');
    expect((await w.shards(sweepId)).map((shard) => shard.state)).toEqual(['ready', 'waiting']);
  });

  it('fails when it cannot be published', async () => {
    const w = await world();
    const sweepId = await w.submit(0);
    const session = await w.agent('a');
    await w.store.fail({ session, claim: await w.leaseOne(session), failureClass: 'BAD_INPUT', error: boom });
    expect(await w.store.sweep(sweepId)).toMatchObject({ state: 'failed', error: boom });
    await w.store.retry(sweepId);
    expect(await stateOf(w.store, sweepId)).toBe('running');
    expect((await w.leaseOne(session)).seq).toBe(0);
  });

  it('changes nothing when a finished sweep without failures is retried', async () => {
    const w = await world();
    const sweepId = await w.submit(0);
    const session = await w.agent('a');
    await w.complete(session, await w.leaseOne(session));
    const before = await w.facts();
    await w.store.retry(sweepId);
    expect(await w.facts()).toEqual(before);
  });

  it('hands out nothing while it is paused, and voids its leases when it is cancelled', async () => {
    const w = await world();
    const sweepId = await w.submit(2);
    const session = await w.agent('a');
    const claim = await w.leaseOne(session);
    await w.store.pause(sweepId);
    expect(await w.lease(session)).toEqual([]);
    await w.store.resume(sweepId);
    await w.store.cancel(sweepId);
    expect(await w.lease(session)).toEqual([]);
    expect(await w.complete(session, claim)).toBe('fenced');
    expect((await w.shards(sweepId)).map((shard) => shard.state)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    await expect(w.store.resume(sweepId)).rejects.toMatchObject({ code: 'COORDINATOR_SWEEP_STATE' });
    await w.store.retry(sweepId);
    expect((await w.shards(sweepId)).map((shard) => shard.state)).toEqual(['ready', 'ready', 'waiting']);
  });

  it('is one sweep for one key, however often it is submitted, and refuses another plan under it', async () => {
    const w = await world();
    const plan = planOf({ layers: 2 });
    const submit = (json = JSON.stringify(plan)) => w.store.submit({ idempotencyKey: 'k', planJson: json, plan: JSON.parse(json) });
    const answers = await Promise.all(Array.from({ length: 6 }, () => submit()));
    expect(answers.filter((answer) => !answer.existed)).toHaveLength(1);
    const [{ sweepId }] = answers as [typeof answers[0], ...typeof answers];
    expect(sweepId).toMatch(/^sw-[0-9a-f]{10}$/);
    expect(await w.shards(sweepId)).toHaveLength(3);
    const reordered = JSON.stringify(Object.fromEntries(Object.entries(plan).reverse()));
    expect(await submit(reordered)).toEqual({ sweepId, existed: true });
    await expect(submit(JSON.stringify(planOf({ layers: 3 })))).rejects.toMatchObject({ code: 'COORDINATOR_SWEEP_KEY_TAKEN', grpc: 'ALREADY_EXISTS', details: { sweepId } });
  });

  it('lists its objects in one order, whatever the order they were committed in', async () => {
    const w = await world();
    const sweepId = await w.submit(12); // conv10 and conv11 sort before conv2 by name, not by the plan
    const session = await w.agent('a');
    const leases = (await w.lease(session, 12)).toSorted((a, b) => (a.seq * 7) % 12 - (b.seq * 7) % 12);
    for (const claim of leases) await w.complete(session, claim);
    expect((await w.store.manifest(sweepId)).map((object) => object.key)).toEqual(leases.toSorted((a, b) => a.seq - b.seq).map((claim) => objectOf(claim).key));
  });

  it('counts what running shards have done, and foretells the end from the rate of the recent past', async () => {
    const w = await world();
    const sweepId = await w.submit(4);
    expect(await w.store.sweep(sweepId)).toMatchObject({ unitsPerSecond: 0, etaSeconds: -1, agents: 0 });
    const session = await w.agent('a');
    const [one, two] = await w.lease(session, 2);
    await w.complete(session, one!);
    await w.store.heartbeat({ session, seq: 1n, leases: [{ ...two!, unitsDone: 16, unitsTotal: 64, phase: 'ascend', fraction: 0.25 }] });
    await sql`UPDATE shard SET leased_at = now() - interval '80 s', done_at = CASE WHEN state = 'done' THEN now() - interval '10 s' END WHERE leased_at IS NOT NULL`.execute(w.db);
    const sweep = await w.store.sweep(sweepId);
    expect(sweep.agents).toBe(1);
    expect(sweep.stages[0]).toMatchObject({ stage: 'synthesis', total: 4, done: 1, leased: 1, ready: 2, units: 256, unitsDone: 64 + 16 });
    expect(sweep.unitsPerSecond).toBeCloseTo(80 / 80, 1);
    expect(sweep.etaSeconds).toBeCloseTo((256 - 80) / 1, -1); // equal cost for each unit: 176 left at one a second
  });

  it('does not let an old heartbeat turn its progress back', async () => {
    const w = await world();
    const sweepId = await w.submit(1);
    const session = await w.agent('a');
    const claim = await w.leaseOne(session);
    const beat = (seq: bigint, fraction: number) => w.store.heartbeat({ session, seq, leases: [{ ...claim, unitsDone: 0, unitsTotal: 64, phase: '', fraction }] });
    await beat(2n, 0.5);
    await beat(1n, 0.25);
    expect((await w.store.sweep(sweepId)).stages[0]).toMatchObject({ unitsDone: 32 });
  });
});
