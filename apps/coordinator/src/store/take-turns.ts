import { sql } from 'kysely';
import type { Leased, Query } from './acquire.js';
import type { HashedCommit, Won } from './complete.js';
import type { Db } from './database.js';

/** A request for work with what was decided that it gets: `count` shards of each of some of its lots. */
export interface Wish extends Query { readonly takes: readonly { readonly lot: Query['lots'][number]; readonly count: number }[] }

/** What a session wants of one call: to commit a shard, to be given others, or both. */
export interface Turn { readonly session: string; readonly commit?: HashedCommit | undefined; readonly wish?: Wish | undefined }

export interface Taken {
  readonly committed: Won;
  /** `alone`: it was answered before, runs elsewhere at the same moment, or found nothing where it was sent; acquire.ts sees to it. */
  readonly leases: readonly Leased[] | 'session-lost' | 'alone';
}

/** A row for each shard that a turn got, or one without a shard. */
type Answer = { readonly n: number; readonly alive: boolean; readonly won: boolean; readonly last: boolean; readonly answered: boolean; readonly fresh: boolean } & (Leased | { readonly sweep_id: null });

/**
 * Commits and claims in one statement, and so in one transaction and one round trip; each turn keeps its own guards.
 *
 * Locks go sessions, then shards to be committed and requests, then shards that nobody has and that are skipped where somebody holds them; each in their order,
 * so that two batches wait for each other rather than fall into a deadlock. Whoever ends a session waits for us, or we see it ended.
 *
 * Commits:
 * - A shard that changed while we waited is looked at again by the update, and no longer fits. The same commit twice in a batch wins once.
 * - While a shard of its sweep is ready, a commit cannot be the last; should that shard be committed before this statement has ended,
 *   the reaper's round moves the sweep on. It is looked for in the order of its index, or all shards would be gone through.
 *
 * Claims:
 * - The rows of one lot are locked once for all that want some of it, for a statement does not skip what it has locked itself; they are dealt out by
 *   their place: a request gets those behind what the requests before it want.
 * - A request is remembered before it claims: the same one, running elsewhere, waits there, and then is not fresh.
 * - LIMIT 1 and MATERIALIZED keep the planner from reading whole tables instead of the few rows that are named.
 */
export async function takeTurns(db: Db, turns: readonly Turn[]): Promise<readonly Taken[]> {
  const repeated = repeatedRequests(turns);
  const { rows } = await sql<Answer>`
    WITH turns AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${turnsJson(turns, repeated)}::jsonb)
        AS t(n integer, session text, request text, sweep_id text, seq integer, fence bigint, hash text, stats text, seconds double precision, objects jsonb)),
    wanted AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${wantedJson(turns, repeated)}::jsonb) AS t(n integer, sweep_id text, stage text, layer text, view integer, count integer)),
    alive AS MATERIALIZED (
      SELECT id FROM session WHERE id IN (SELECT session FROM turns) AND ended_at IS NULL AND expires_at > now() ORDER BY id FOR NO KEY UPDATE),
    held AS MATERIALIZED (
      SELECT s.sweep_id, s.seq, t.n FROM turns t JOIN alive ON alive.id = t.session
      JOIN shard s ON s.sweep_id = t.sweep_id AND s.seq = t.seq AND s.fence = t.fence AND s.session = t.session AND s.state = 'leased'
      ORDER BY s.sweep_id, s.seq FOR NO KEY UPDATE OF s),
    won AS (
      UPDATE shard SET state = 'done', session = NULL, lease_request = NULL, finished = NULL, manifest_hash = t.hash, stats = t.stats::jsonb, error = NULL, done_at = now()
      FROM held h JOIN turns t ON t.n = h.n
      WHERE shard.sweep_id = h.sweep_id AND shard.seq = h.seq AND shard.fence = t.fence AND shard.session = t.session AND shard.state = 'leased'
      RETURNING t.n, t.session, t.objects, shard.sweep_id, shard.seq, unit_end - unit_start AS units,
        least(coalesce(t.seconds, 'infinity'), extract(epoch FROM now() - leased_at)::double precision) AS seconds),
    used AS (
      INSERT INTO sweep_usage (sweep_id, seconds) SELECT sweep_id, sum(seconds) FROM won GROUP BY sweep_id),
    listed AS (
      INSERT INTO object (sweep_id, seq, key, bytes, sha256, rows, kind, layer)
      SELECT won.sweep_id, won.seq, o.* FROM won
      CROSS JOIN LATERAL jsonb_to_recordset(won.objects) AS o(key text, bytes bigint, sha256 text, rows bigint, kind text, layer text)),
    cleared AS (
      DELETE FROM agent_health h USING session a WHERE a.id IN (SELECT session FROM won) AND h.agent_id = a.agent_id),
    counted AS (
      UPDATE session SET shards_done = shards_done + c.shards, units_done = units_done + c.units
      FROM (SELECT session, count(*)::integer AS shards, sum(units) AS units FROM won GROUP BY session) c WHERE session.id = c.session),
    sweeps AS MATERIALIZED (
      SELECT each.sweep_id, EXISTS (SELECT 1 FROM (
        SELECT seq FROM shard s WHERE s.sweep_id = each.sweep_id AND s.state = 'ready' ORDER BY s.sweep_id, s.stage, s.layer, s.view, s.seq LIMIT 1) one) AS goes_on
      FROM (SELECT DISTINCT sweep_id FROM won) each),
    known AS MATERIALIZED (
      SELECT t.n, t.session, t.request, EXISTS (SELECT 1 FROM (
        SELECT 1 FROM acquire_request r WHERE r.session = t.session AND r.request_id = t.request LIMIT 1) one) AS answered
      FROM turns t JOIN alive ON alive.id = t.session WHERE t.request IS NOT NULL),
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
    SELECT t.n, alive.id IS NOT NULL AS alive, won.n IS NOT NULL AS won, NOT coalesce(sweeps.goes_on, true) AS last,
      coalesce(k.answered, false) AS answered, f.session IS NOT NULL AS fresh,
      c.sweep_id, c.seq, c.fence, c.stage, c.layer, c.unit_start, c.unit_end, c.view, c.cost, c.finished, c.recovery_seconds, w.trace_parent
    FROM turns t LEFT JOIN alive ON alive.id = t.session LEFT JOIN won ON won.n = t.n LEFT JOIN sweeps ON sweeps.sweep_id = won.sweep_id
    LEFT JOIN known k ON k.n = t.n LEFT JOIN fresh f ON f.session = t.session AND f.request_id = t.request
    LEFT JOIN claimed c ON c.n = t.n LEFT JOIN sweep w ON w.id = c.sweep_id ORDER BY t.n, w.number, c.seq`.execute(db);
  const answers = turns.map((): Answer[] => []);
  for (const row of rows) answers[row.n]!.push(row);
  const unserved = turns.flatMap(({ wish }, n) => (wish !== undefined && answers[n]!.some(({ fresh, sweep_id }) => fresh && sweep_id === null) ? [wish] : []));
  if (unserved.length > 0) await forgetRequests(db, unserved);
  return turns.map(({ wish }, n): Taken => {
    const [first] = answers[n]!;
    const claimed = answers[n]!.filter((row): row is Answer & Leased => row.sweep_id !== null);
    const missed = first!.answered || repeated.has(n) || ((wish?.takes.length ?? 0) > 0 && claimed.length === 0);
    return { committed: first!.won ? (first!.last ? 'won-last' : 'won') : 'lost', leases: !first!.alive ? 'session-lost' : missed ? 'alone' : claimed };
  });
}

/** Turns whose request is in the batch already: it claims once, and then is answered. */
function repeatedRequests(turns: readonly Turn[]): ReadonlySet<number> {
  const seen = new Set<string>();
  const repeated = new Set<number>();
  for (const [n, { session, wish }] of turns.entries()) {
    if (wish === undefined) continue;
    const name = `${session} ${wish.requestId}`;
    if (seen.has(name)) repeated.add(n);
    seen.add(name);
  }
  return repeated;
}

/** Others took what looked ready: these have got nothing yet, and ask again. */
async function forgetRequests(db: Db, wishes: readonly Wish[]): Promise<void> {
  const asked = JSON.stringify(wishes.map(({ session, requestId }) => ({ session, request: requestId })));
  await sql`
    DELETE FROM acquire_request r USING jsonb_to_recordset(${asked}::jsonb) AS a(session text, request text)
    WHERE r.session = a.session AND r.request_id = a.request`.execute(db);
}

const turnsJson = (turns: readonly Turn[], repeated: ReadonlySet<number>): string => JSON.stringify(turns.map(({ session, commit, wish }, n) => ({
  n, session, ...(wish === undefined || repeated.has(n) ? {} : { request: wish.requestId }),
  ...(commit === undefined ? {} : {
    sweep_id: commit.claim.sweepId, seq: commit.claim.seq, fence: String(commit.claim.fence), hash: commit.hash, stats: commit.manifest.statsJson, seconds: commit.seconds, objects: commit.objects,
  }),
})));

const wantedJson = (turns: readonly Turn[], repeated: ReadonlySet<number>): string => JSON.stringify(turns.flatMap(({ wish }, n) => (wish === undefined || repeated.has(n) ? []
  : wish.takes.map(({ lot: { sweepId, stage, layer, view }, count }) => ({ n, sweep_id: sweepId, stage, layer, view, count })))));
