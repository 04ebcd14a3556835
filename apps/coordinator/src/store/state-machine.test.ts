import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { objectOf, planOf } from '../testing/plan.js';
import { testPostgres } from '../testing/test-postgres.js';
import { boom, worldOf, type World } from '../testing/world.js';
import type { Claim, FailureClass, ShardState } from './store.js';

// The protocol as a model small enough to be read at once, and any sequence of moves run against it and against PostgreSQL.
// A claim that was ever given can be used again at any later time, by its own session: zombies are the rule here.

const postgres = testPostgres();
const shardCount = 3; // and `publish`
const budget = 2;
const badPieces = 1;
const batch = 16; // of shards of 64 units

interface ModelShard { state: ShardState; fence: bigint; holder: number | undefined; failures: number; content: string | undefined; units: number; readonly lot: number; /** That it was cut from when it had failed. */ origin: number | undefined; asked: bigint | undefined }
interface Held { readonly seq: number; readonly fence: bigint; readonly session: number }
interface Model {
  readonly shards: ModelShard[];
  /** Of every session ever: whether it lives. */
  readonly sessions: boolean[];
  /** The last session of each of two agents. */
  readonly agents: [number, number];
  readonly claims: Held[];
  /** By session and request, what was given for it. */
  readonly answered: Map<string, readonly Held[]>;
  sweep: 'running' | 'done' | 'failed';
}
interface Real { readonly world: World; readonly sweepId: string; readonly sessions: string[] }

const publish = (m: Model): ModelShard => m.shards[shardCount]!;

/** What follows from a change by itself. */
function settle(m: Model): void {
  if (m.sweep !== 'running') return;
  const made = m.shards.filter((shard) => shard !== publish(m));
  if (publish(m).state === 'waiting' && made.every(({ state }) => state === 'done' || state === 'quarantined')) publish(m).state = 'ready';
  if (publish(m).state === 'done' || publish(m).state === 'quarantined') m.sweep = m.shards.some(({ state }) => state === 'quarantined') ? 'failed' : 'done';
}

function end(m: Model, session: number): void {
  m.sessions[session] = false;
  for (const shard of m.shards) if (shard.holder === session) Object.assign(shard, { state: 'ready', holder: undefined });
}

const holds = (m: Model, { seq, fence, session }: Held): boolean =>
  m.sessions[session] === true && m.shards[seq]!.state === 'leased' && m.shards[seq]!.fence === fence && m.shards[seq]!.holder === session;

/** Everything that the model knows, read back. */
async function check(m: Model, { world, sweepId }: Real): Promise<void> {
  const rows = (await sql<{ state: string; fence: bigint; failures: number; units: number }>`SELECT state, fence, failures, unit_end - unit_start AS units FROM shard WHERE sweep_id = ${sweepId} ORDER BY seq`.execute(world.db)).rows;
  expect(rows).toEqual(m.shards.map(({ state, fence, failures, units }) => ({ state, fence, failures, units })));
  const objects = (await sql<{ seq: number; sha256: string }>`SELECT seq, sha256 FROM object WHERE sweep_id = ${sweepId} ORDER BY seq`.execute(world.db)).rows;
  expect(objects).toEqual(m.shards.flatMap(({ content }, seq) => content === undefined ? [] : [{ seq, sha256: content.repeat(64) }]));
  expect((await world.store.sweep(sweepId)).state).toBe(m.sweep);
}

const command = (name: string, run: (m: Model, r: Real) => Promise<void>): fc.AsyncCommand<Model, Real> => ({
  check: () => true,
  run: async (m, r) => { await run(m, r); await check(m, r); },
  toString: () => name,
});

const onClaim = (name: string, pick: number, run: (m: Model, r: Real, held: Held, claim: Claim) => Promise<void>): fc.AsyncCommand<Model, Real> => ({
  ...command(`${name} claim ${pick}`, async (m, r) => {
    const held = m.claims[pick % m.claims.length]!;
    await run(m, r, held, { sweepId: r.sweepId, seq: held.seq, fence: held.fence });
  }),
  check: (m) => m.claims.length > 0,
});

const originOf = (m: Model, seq: number): number => m.shards[seq]!.origin ?? seq;

/** Where a shard is cut whose first `finished` units stay together: between batches while there are several. */
function cutAt(units: number, finished = 0): number {
  const left = units - finished;
  return finished + (left > batch ? Math.ceil(left / batch / 2) * batch : Math.ceil(left / 2));
}

/** Ready shards as they are given: those of one program, which are a shard and the pieces cut from it, before those of the next; programs by their first. */
function byLot(m: Model): readonly number[] {
  const lots = new Map<number, number[]>();
  m.shards.forEach(({ state, lot }, seq) => { if (state === 'ready') lots.set(lot, [...lots.get(lot) ?? [], seq]); });
  return [...lots.values()].flat();
}

/** What a session is given, noted in the model: shards, in the order of their numbers. */
function claim(m: Model, session: number, max: number): readonly { readonly seq: number; readonly fence: bigint }[] {
  if (!m.sessions[session] || m.sweep !== 'running') return [];
  return byLot(m).slice(0, max).sort((a, b) => a - b).map((seq) => {
    const shard = m.shards[seq]!;
    Object.assign(shard, { state: 'leased', fence: shard.fence + 1n, holder: session });
    m.claims.push({ seq, fence: shard.fence, session });
    return { seq, fence: shard.fence };
  });
}
const plain = (claims: readonly Claim[]) => claims.map(({ seq, fence }) => ({ seq, fence }));

const acquire = (agent: 0 | 1, max: number) => command(`acquire ${max} by ${agent}`, async (m, r) => {
  const session = m.agents[agent];
  const answer = await r.world.store.acquire({ session: r.sessions[session]!, requestId: randomUUID(), max });
  if (!m.sessions[session]) return expect(answer).toBe('session-lost');
  expect(plain(answer as readonly Claim[])).toEqual(claim(m, session, max));
});

/** With `max` above 0 it asks for more beside the commit, by a request of its own or one that it has made before. */
const complete = (pick: number, content: string, max: number, requestId: string) => onClaim(`complete with ${content}${max > 0 ? ` and acquire ${max} as ${requestId}` : ''}`, pick, async (m, r, held, of) => {
  const shard = m.shards[held.seq]!;
  const commit = { session: r.sessions[held.session]!, claim: of, manifest: { objects: [objectOf(of, content)], statsJson: '{}' } };
  // What it asked for before is what is left of that, whatever else is there.
  const name = `${held.session} ${requestId}`;
  const before = m.answered.get(name);
  const expected = () => {
    if (before !== undefined) return before.filter((each) => holds(m, each)).map(({ seq, fence }) => ({ seq, fence })).sort((a, b) => a.seq - b.seq);
    const given = claim(m, held.session, max);
    if (given.length > 0) m.answered.set(name, given.map((each) => ({ ...each, session: held.session })));
    return given;
  };
  const call = max === 0 ? r.world.store.complete(commit).then((result) => ({ result, leases: [] })) : r.world.store.completeAndAcquire(commit, { requestId, max });
  if (shard.state === 'done' && shard.fence === held.fence && shard.content !== content) {
    await expect(call).rejects.toMatchObject({ code: 'COORDINATOR_MANIFEST_MISMATCH' });
    if (max > 0) expected(); // was given, and the agent does not know
    return;
  }
  const { result, leases } = await call;
  if (shard.state === 'done' && shard.fence === held.fence) expect(result).toBe('already-committed');
  else {
    const valid = holds(m, held);
    expect(result).toBe(valid ? 'committed' : 'fenced');
    if (valid) Object.assign(shard, { state: 'done', holder: undefined, content });
  }
  if (max > 0) expect(plain(leases)).toEqual(m.sessions[held.session] ? expected() : []); // of what was ready before the commit
  settle(m);
});

const fail = (pick: number, failureClass: FailureClass) => onClaim(`fail ${failureClass}`, pick, async (m, r, held, claim) => {
  const outcome = await r.world.store.fail({ session: r.sessions[held.session]!, claim, failureClass, error: boom });
  if (!holds(m, held)) return expect(outcome).toBe('fenced');
  const shard = m.shards[held.seq]!;
  shard.failures++;
  const bad = failureClass === 'BAD_INPUT' || shard.failures >= budget;
  const ofOne = m.shards.filter(({ state }, seq) => state === 'quarantined' && originOf(m, seq) === originOf(m, held.seq)).length;
  const cut = bad && failureClass !== 'BAD_INPUT' && shard.units > 1 && ofOne < badPieces;
  Object.assign(shard, { state: bad && !cut ? 'quarantined' : 'ready', holder: undefined });
  expect(outcome).toBe(cut ? 'bisected' : bad ? 'quarantined' : 'will-retry');
  if (cut) {
    const at = cutAt(shard.units);
    const piece = (units: number) => ({ units, failures: units === 1 ? 0 : budget - 1, origin: originOf(m, held.seq) });
    m.shards.push({ ...shard, ...piece(shard.units - at), fence: 0n, asked: undefined });
    Object.assign(shard, piece(at));
  }
  await sql`UPDATE shard SET not_before = '-infinity'`.execute(r.world.db); // the pause is another test's
  settle(m);
});

/** With what is finished of it, where that is anything; one that was asked for is cut behind that. */
const release = (pick: number, batches: number) => onClaim(`release with ${batches} batches of`, pick, async (m, r, held, claim) => {
  const valid = holds(m, held);
  const shard = m.shards[held.seq]!;
  const finished = batches === 0 ? [] : [{ ...objectOf(claim), key: `checkpoints/${batches}`, rows: BigInt(batches * batch) }];
  expect(await r.world.store.release({ session: r.sessions[held.session]!, claims: [{ ...claim, finished }] })).toBe(valid ? 1 : 0);
  if (!valid) return;
  Object.assign(shard, { state: 'ready', holder: undefined });
  if (batches === 0 || shard.asked !== held.fence || shard === publish(m) || shard.units - batches * batch <= batch) return;
  const at = cutAt(shard.units, batches * batch);
  m.shards.push({ ...shard, units: shard.units - at, fence: 0n, asked: undefined });
  shard.units = at;
});

/** As a coordinator does where others have nothing to do. */
const ask = (pick: number) => onClaim('ask for', pick, async (m, r, { seq, fence }) => {
  await sql`UPDATE shard SET yield_fence = fence, yield_at = now() WHERE sweep_id = ${r.sweepId} AND seq = ${seq} AND fence = ${fence} AND state = 'leased'`.execute(r.world.db);
  const shard = m.shards[seq]!;
  if (shard.state === 'leased' && shard.fence === fence) shard.asked = fence;
});

const beat = (pick: number) => onClaim('heartbeat on', pick, async (m, r, held, claim) => {
  const answer = await r.world.store.heartbeat({ session: r.sessions[held.session]!, seq: 1n, leases: [{ ...claim, unitsDone: 0, unitsTotal: 1, phase: '', fraction: 0 }] });
  if (!m.sessions[held.session]) return expect(answer).toBe('session-lost');
  const lost = m.sweep === 'running' ? 'lost' : 'cancel';
  expect(answer).toMatchObject([{ kind: !holds(m, held) ? lost : m.shards[held.seq]!.asked === held.fence ? 'yield' : 'continue' }]);
});

/** The time of a session runs out: dead at once, its leases free with the reaper's next round. */
const expire = (agent: 0 | 1, reaped: boolean) => command(`expire ${agent}${reaped ? ' and reap' : ''}`, async (m, r) => {
  const session = m.agents[agent];
  await r.world.expire(r.sessions[session]!);
  m.sessions[session] = false;
  if (!reaped) return;
  for (const [i, alive] of m.sessions.entries()) if (!alive) end(m, i);
  await r.world.store.reap();
});

const register = (agent: 0 | 1) => command(`register ${agent}`, async (m, r) => {
  end(m, m.agents[agent]);
  r.sessions.push(await r.world.agent(`agent ${agent}`));
  m.agents[agent] = m.sessions.push(true) - 1;
});

const retry = () => command('retry', async (m, r) => {
  await r.world.store.retry(r.sweepId);
  if (!m.shards.some(({ state }) => state === 'quarantined')) return;
  for (const shard of m.shards) if (shard.state === 'quarantined') Object.assign(shard, { state: 'ready', failures: 0 });
  Object.assign(publish(m), { state: 'waiting', holder: undefined, content: undefined });
  m.sweep = 'running';
  settle(m);
});

const agent = fc.constantFrom<0 | 1>(0, 1);
const pick = fc.nat(40);
const commands = fc.commands([
  fc.tuple(agent, fc.integer({ min: 1, max: 3 })).map(([a, max]) => acquire(a, max)),
  fc.tuple(pick, fc.constantFrom('a', 'a', 'b'), fc.integer({ min: 0, max: 2 }), fc.constantFrom('r1', 'r2', 'r3')).map(([p, content, max, requestId]) => complete(p, content, max, requestId)),
  fc.tuple(pick, fc.constantFrom<FailureClass>('POISON', 'BAD_INPUT')).map(([p, failureClass]) => fail(p, failureClass)),
  fc.tuple(pick, fc.integer({ min: 0, max: 3 })).map(([p, batches]) => release(p, batches)),
  pick.map(ask),
  pick.map(beat),
  fc.tuple(agent, fc.boolean()).map(([a, reaped]) => expire(a, reaped)),
  agent.map(register),
  fc.constant(retry()),
], { maxCommands: 40, size: 'max' });

it('does what the model does, whatever the order of claims, zombies, failures, losses and retries', async () => {
  await fc.assert(fc.asyncProperty(commands, async (moves) => {
    await fc.asyncModelRun(async () => {
      const world = worldOf(await postgres.database(), { failureBudget: budget, badPieces, lossBudget: 1000 });
      const plan = planOf({ layers: shardCount });
      const small = { ...plan, spec: { ...plan.spec, views: { synthesis: plan.spec.views.synthesis.map((view) => ({ ...view, batch })) } } };
      const { sweepId } = await world.store.submit({ idempotencyKey: 'key', planJson: JSON.stringify(small), plan: small });
      const sessions = [await world.agent('agent 0'), await world.agent('agent 1')];
      const shard = (state: ShardState, seq: number, units: number): ModelShard => ({ state, fence: 0n, holder: undefined, failures: 0, content: undefined, units, lot: seq, origin: undefined, asked: undefined });
      const model: Model = { shards: [...Array.from({ length: shardCount }, (_, seq) => shard('ready', seq, 64)), shard('waiting', shardCount, 0)], sessions: [true, true], agents: [0, 1], claims: [], answered: new Map(), sweep: 'running' };
      return { model, real: { world, sweepId, sessions } };
    }, moves);
  }), { numRuns: 60 });
}, 300_000);
