import { sql } from 'kysely';
import type { Lot } from '../schedule/offers.js';
import { lotKey } from './cluster-view.js';
import type { Db } from './database.js';
import type { LeasedShard, ShardRef } from './store.js';
import { taskJson, type ShardRow } from './task-json.js';

export interface Query {
  readonly session: string;
  readonly requestId: string;
  readonly max: number;
  /** What may be given, in order of preference. */
  readonly lots: readonly Pick<Lot, 'sweepId' | 'stage' | 'layer' | 'view'>[];
  /** Not to be given, whatever their state. */
  readonly keptOff: readonly ShardRef[];
}

/** The plan of a sweep, as it was submitted. */
export type PlanJson = (sweepId: string) => Promise<string>;

/**
 * Leases up to `max` ready shards of some lots, those of the first as far as they go; none is an empty list.
 *
 * Only a request that got something is remembered: a parked poll leaves nothing behind.
 */
export async function acquire(db: Db, plan: PlanJson, query: Query): Promise<readonly LeasedShard[] | 'session-lost'> {
  const rows = await claimOrReplay(db, query);
  return rows === 'session-lost' ? rows : leasedShards(rows, plan);
}

export const leasedShards = (rows: readonly Leased[], plan: PlanJson): Promise<readonly LeasedShard[]> => Promise.all(rows.map(async (row) => ({
  lot: lotKey(row), sweepId: row.sweep_id, seq: row.seq, fence: row.fence, taskJson: taskJson(row, await plan(row.sweep_id)), traceParent: row.trace_parent,
  finished: (row.finished ?? []).map((object) => ({ ...object, bytes: BigInt(object.bytes), rows: BigInt(object.rows) })),
  ...(row.recovery_seconds === null ? {} : { recoverySeconds: row.recovery_seconds }),
})));

export type Leased = ShardRow & { readonly recovery_seconds: number | null; readonly trace_parent: string };

/** One row a shard that was claimed, or one without a shard. */
type Answer = ({ readonly sweep_id: null } | Leased) & { readonly answered: boolean; readonly ready: boolean; readonly fresh: boolean };

const isShard = (row: Answer): row is Answer & Leased => row.sweep_id !== null;

async function claimOrReplay(db: Db, query: Query): Promise<readonly Leased[] | 'session-lost'> {
  const rows = await claim(db, query);
  const [first] = rows;
  if (first === undefined) return 'session-lost';
  if (first.answered) return replay(db, query);
  const claimed = rows.filter(isShard);
  if (claimed.length > 0) return claimed;
  // Others took what looked ready: this request has got nothing and may be asked again.
  if (first.fresh) await sql`DELETE FROM acquire_request WHERE session = ${query.session} AND request_id = ${query.requestId}`.execute(db);
  // The same request ran at the same moment; our insert has waited for it.
  else if (first.ready) return replay(db, query);
  return [];
}

/** What is left of the leases that this request got: not those that were completed or lost since. A recovery was told with the first answer. */
async function replay(db: Db, { session, requestId }: Query): Promise<readonly Leased[]> {
  const { rows } = await sql<Leased>`
    SELECT s.sweep_id, s.seq, s.fence, s.stage, s.layer, s.unit_start, s.unit_end, s.view, s.cost, s.finished, w.trace_parent, NULL::double precision AS recovery_seconds
    FROM shard s JOIN sweep w ON w.id = s.sweep_id
    WHERE s.session = ${session} AND s.state = 'leased' AND s.lease_request = ${requestId} ORDER BY s.sweep_id, s.seq`.execute(db);
  return rows;
}

/**
 * One statement, and so one round trip and one commit: session, request, shards.
 *
 * - FOR SHARE, not FOR KEY SHARE: whoever ends this session waits for us, and then sees the leases that it must free.
 * - `answered` and `ready` are of one snapshot: what the same request, running at this moment too, has claimed still looks
 *   ready here, and the insert waits for it. It comes before the claim, which skips locked shards and would find none.
 * - CTEs with a LIMIT, for `id IN (SELECT … LIMIT n FOR UPDATE SKIP LOCKED)` may take more than n (PostgreSQL bug 15715: as
 *   designed). OFFSET 0 keeps the lots in their order below the lateral join, which locks no more than it gives.
 */
async function claim(db: Db, { session, requestId, max, lots, keptOff }: Query): Promise<readonly Answer[]> {
  const asked = JSON.stringify(lots.map(({ sweepId, stage, layer, view }, n) => ({ n, sweep_id: sweepId, stage, layer, view })));
  const off = JSON.stringify(keptOff.map(({ sweepId, seq }) => ({ sweep_id: sweepId, seq })));
  const { rows } = await sql<Answer>`
    WITH alive AS MATERIALIZED (
      SELECT id FROM session WHERE id = ${session} AND ended_at IS NULL AND expires_at > now() FOR SHARE),
    off AS MATERIALIZED (SELECT sweep_id, seq FROM jsonb_to_recordset(${off}::jsonb) AS o(sweep_id text, seq integer)),
    asked AS MATERIALIZED (
      SELECT a.* FROM jsonb_to_recordset(${asked}::jsonb) AS a(n integer, sweep_id text, stage text, layer text, view integer)
      JOIN sweep w ON w.id = a.sweep_id AND w.state = 'running'),
    outlook AS MATERIALIZED (
      SELECT EXISTS (SELECT 1 FROM acquire_request r WHERE r.session = alive.id AND r.request_id = ${requestId}) AS answered,
        EXISTS (SELECT 1 FROM (SELECT * FROM asked ORDER BY n OFFSET 0) a CROSS JOIN LATERAL (
          SELECT 1 FROM shard s
          WHERE s.sweep_id = a.sweep_id AND s.stage = a.stage AND s.layer = a.layer AND s.view = a.view AND s.state = 'ready' AND s.not_before <= now()
            AND NOT EXISTS (SELECT 1 FROM off WHERE off.sweep_id = s.sweep_id AND off.seq = s.seq)
          ORDER BY s.seq LIMIT 1) r) AS ready
      FROM alive),
    fresh AS (
      INSERT INTO acquire_request (session, request_id)
      SELECT ${session}, ${requestId} FROM outlook WHERE ready AND NOT answered ON CONFLICT DO NOTHING RETURNING true AS yes),
    picked AS MATERIALIZED (
      SELECT p.sweep_id, p.seq, p.lost_at FROM fresh
      CROSS JOIN (SELECT * FROM asked ORDER BY n OFFSET 0) a
      CROSS JOIN LATERAL (
        SELECT s.sweep_id, s.seq, s.lost_at FROM shard s
        WHERE s.sweep_id = a.sweep_id AND s.stage = a.stage AND s.layer = a.layer AND s.view = a.view AND s.state = 'ready' AND s.not_before <= now()
          AND NOT EXISTS (SELECT 1 FROM off WHERE off.sweep_id = s.sweep_id AND off.seq = s.seq)
        ORDER BY s.seq LIMIT ${max} FOR UPDATE SKIP LOCKED) p
      LIMIT ${max}),
    claimed AS (
      UPDATE shard s SET state = 'leased', fence = s.fence + 1, session = ${session}, lease_request = ${requestId}, leased_at = now(), lost_at = NULL
      FROM picked p WHERE s.sweep_id = p.sweep_id AND s.seq = p.seq
      RETURNING s.sweep_id, s.seq, s.fence, s.stage, s.layer, s.unit_start, s.unit_end, s.view, s.cost, s.finished,
        extract(epoch FROM now() - p.lost_at)::double precision AS recovery_seconds)
    SELECT o.answered, o.ready, EXISTS (SELECT 1 FROM fresh) AS fresh, c.*, w.trace_parent
    FROM outlook o LEFT JOIN claimed c ON true LEFT JOIN sweep w ON w.id = c.sweep_id ORDER BY w.number, c.seq`.execute(db);
  return rows;
}
