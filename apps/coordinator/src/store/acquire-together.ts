import { sql } from 'kysely';
import { acquire, leasedShards, type Leased, type PlanJson, type Query } from './acquire.js';
import { batched } from './batched.js';
import type { Db } from './database.js';
import type { LeasedShard } from './store.js';

/** A request for work with what was decided that it gets: `count` shards of each of some of its lots. */
export interface Wish extends Query { readonly takes: readonly { readonly lot: Query['lots'][number]; readonly count: number }[] }

/**
 * Leases to requests that come together in one statement, one transaction and one round trip; each gets what it would have got alone, or what
 * others left of it.
 *
 * A request that was answered before, that runs elsewhere at the same moment, that is kept off some shards, or that found nothing where it was sent goes
 * its own way (acquire.ts), which takes from any of its lots.
 */
export function acquirer(db: Db, plan: PlanJson): (wish: Wish) => Promise<readonly LeasedShard[] | 'session-lost'> {
  const claimTogether = batched((wishes: readonly Wish[]) => claimAll(db, wishes), { lanes: 2, most: 64 });
  return async (wish) => {
    const rows = wish.keptOff.length > 0 ? 'alone' : await claimTogether(wish);
    if (rows === 'alone') return acquire(db, plan, wish);
    return rows === 'session-lost' ? rows : leasedShards(rows, plan);
  };
}

/** A row for each shard, or one without a shard for a request that got none. */
type Answer = { readonly n: number; readonly alive: boolean; readonly answered: boolean; readonly fresh: boolean } & (Leased | { readonly sweep_id: null });

/**
 * Locks go sessions, requests, shards, the first two in their order, so that two batches wait for each other rather than fall into a deadlock.
 *
 * - FOR SHARE: whoever ends a session waits for us, and then sees the leases that it must free.
 * - The rows of one lot are locked once for all that want some of it, for a statement does not skip what it has locked itself; they are dealt out by
 *   their place: a request gets those behind what the requests before it want.
 * - A request is remembered before it claims: the same one, running elsewhere, waits there, and then is not fresh.
 * - LIMIT 1 and MATERIALIZED keep the planner from reading whole tables instead of the few rows that are named.
 */
async function claimAll(db: Db, wishes: readonly Wish[]): Promise<readonly (readonly Leased[] | 'session-lost' | 'alone')[]> {
  const { rows } = await sql<Answer>`
    WITH asked AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(${askedJson(wishes)}::jsonb) AS a(n integer, session text, request text)),
    wanted AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${wantedJson(wishes)}::jsonb) AS t(n integer, sweep_id text, stage text, layer text, view integer, count integer)),
    alive AS MATERIALIZED (
      SELECT id FROM session WHERE id IN (SELECT session FROM asked) AND ended_at IS NULL AND expires_at > now() ORDER BY id FOR SHARE),
    known AS MATERIALIZED (
      SELECT a.n, a.session, a.request, EXISTS (SELECT 1 FROM (
        SELECT 1 FROM acquire_request r WHERE r.session = a.session AND r.request_id = a.request LIMIT 1) one) AS answered
      FROM asked a JOIN alive ON alive.id = a.session),
    fresh AS (
      INSERT INTO acquire_request (session, request_id)
      SELECT session, request FROM known WHERE NOT answered AND n IN (SELECT n FROM wanted) ORDER BY session, request ON CONFLICT DO NOTHING RETURNING session, request_id),
    dealt AS MATERIALIZED (
      SELECT t.*, k.session, k.request, sum(t.count) OVER (PARTITION BY t.sweep_id, t.stage, t.layer, t.view ORDER BY t.n) AS upto
      FROM wanted t JOIN known k ON k.n = t.n JOIN fresh f ON f.session = k.session AND f.request_id = k.request),
    picked AS MATERIALIZED (
      SELECT l.stage, l.layer, l.view, p.sweep_id, p.seq, p.lost_at
      FROM (SELECT sweep_id, stage, layer, view, max(upto) AS count FROM dealt JOIN sweep w ON w.id = sweep_id AND w.state = 'running' GROUP BY sweep_id, stage, layer, view) l
      CROSS JOIN LATERAL (
        SELECT s.sweep_id, s.seq, s.lost_at FROM shard s
        WHERE s.sweep_id = l.sweep_id AND s.stage = l.stage AND s.layer = l.layer AND s.view = l.view AND s.state = 'ready' AND s.not_before <= now()
        ORDER BY s.seq LIMIT l.count FOR UPDATE SKIP LOCKED) p),
    placed AS MATERIALIZED (SELECT *, row_number() OVER (PARTITION BY sweep_id, stage, layer, view ORDER BY seq) AS place FROM picked),
    given AS MATERIALIZED (
      SELECT d.n, d.session, d.request, p.sweep_id, p.seq, p.lost_at FROM placed p
      JOIN dealt d ON d.sweep_id = p.sweep_id AND d.stage = p.stage AND d.layer = p.layer AND d.view = p.view AND p.place > d.upto - d.count AND p.place <= d.upto),
    claimed AS (
      UPDATE shard s SET state = 'leased', fence = s.fence + 1, session = g.session, lease_request = g.request, leased_at = now(), lost_at = NULL
      FROM given g WHERE s.sweep_id = g.sweep_id AND s.seq = g.seq
      RETURNING g.n, s.sweep_id, s.seq, s.fence, s.stage, s.layer, s.unit_start, s.unit_end, s.view, s.cost, s.finished,
        extract(epoch FROM now() - g.lost_at)::double precision AS recovery_seconds)
    SELECT a.n, k.n IS NOT NULL AS alive, coalesce(k.answered, false) AS answered, f.session IS NOT NULL AS fresh,
      c.sweep_id, c.seq, c.fence, c.stage, c.layer, c.unit_start, c.unit_end, c.view, c.cost, c.finished, c.recovery_seconds, w.trace_parent
    FROM asked a LEFT JOIN known k ON k.n = a.n LEFT JOIN fresh f ON f.session = a.session AND f.request_id = a.request
    LEFT JOIN claimed c ON c.n = a.n LEFT JOIN sweep w ON w.id = c.sweep_id ORDER BY a.n, w.number, c.seq`.execute(db);
  const answers = wishes.map((_, n) => rows.filter((row) => row.n === n));
  const unserved = wishes.filter((_, n) => answers[n]!.some(({ fresh, sweep_id }) => fresh && sweep_id === null));
  if (unserved.length > 0) await forgetRequests(db, unserved);
  return wishes.map(({ takes }, n) => {
    const [first] = answers[n]!;
    if (!first!.alive) return 'session-lost';
    const claimed = answers[n]!.filter((row): row is Answer & Leased => row.sweep_id !== null);
    return first!.answered || (takes.length > 0 && claimed.length === 0) ? 'alone' : claimed;
  });
}

/** Others took what looked ready: these have got nothing yet, and ask again. */
async function forgetRequests(db: Db, wishes: readonly Wish[]): Promise<void> {
  await sql`
    DELETE FROM acquire_request r USING jsonb_to_recordset(${askedJson(wishes)}::jsonb) AS a(session text, request text)
    WHERE r.session = a.session AND r.request_id = a.request`.execute(db);
}

const askedJson = (wishes: readonly Wish[]): string => JSON.stringify(wishes.map(({ session, requestId }, n) => ({ n, session, request: requestId })));

const wantedJson = (wishes: readonly Wish[]): string => JSON.stringify(wishes.flatMap(({ takes }, n) =>
  takes.map(({ lot: { sweepId, stage, layer, view }, count }) => ({ n, sweep_id: sweepId, stage, layer, view, count }))));
