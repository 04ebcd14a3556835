import { sql } from 'kysely';
import type { Db, Tx } from './database.js';
import type { LeasedShard } from './store.js';
import { taskJson, type ShardRow } from './task-json.js';

interface Query { readonly session: string; readonly requestId: string; readonly max: number }

/**
 * Leases up to `max` ready shards, older sweeps first; none is an empty list.
 *
 * Only a request that got something is remembered: a parked poll leaves nothing behind.
 */
export async function acquire(db: Db, plan: (sweepId: string) => Promise<string>, query: Query): Promise<readonly LeasedShard[] | 'session-lost'> {
  const rows = await claimOrReplay(db, query);
  if (rows === 'session-lost') return rows;
  return Promise.all(rows.map(async (row) => ({ sweepId: row.sweep_id, seq: row.seq, fence: row.fence, taskJson: taskJson(row, await plan(row.sweep_id)) })));
}

interface Outlook { readonly answered: boolean; readonly ready: boolean }

async function claimOrReplay(db: Db, query: Query): Promise<readonly ShardRow[] | 'session-lost'> {
  return db.transaction().execute(async (tx) => {
    // FOR SHARE, not FOR KEY SHARE: whoever ends this session waits for us, and then sees the leases that it must free.
    const { rows: [outlook] } = await sql<Outlook>`
      SELECT EXISTS (SELECT 1 FROM acquire_request r WHERE r.session = ${query.session} AND r.request_id = ${query.requestId}) AS answered,
        EXISTS (SELECT 1 FROM sweep w JOIN shard s ON s.sweep_id = w.id
          WHERE w.state = 'running' AND s.state = 'ready' AND s.not_before <= now()) AS ready
      FROM session WHERE id = ${query.session} AND ended_at IS NULL AND expires_at > now() FOR SHARE OF session`.execute(tx);
    if (outlook === undefined) return 'session-lost';
    if (outlook.answered) return replay(tx, query);
    // One snapshot for both: what the same request, running at this moment too, has claimed still looks ready here, and
    // the insert waits for it. It must come before the claim, which skips locked shards and would find none.
    if (!outlook.ready) return [];
    const { numAffectedRows } = await sql`
      INSERT INTO acquire_request (session, request_id) VALUES (${query.session}, ${query.requestId}) ON CONFLICT DO NOTHING`.execute(tx);
    if (numAffectedRows !== 1n) return replay(tx, query);
    const claimed = await claim(tx, query);
    if (claimed.length === 0) await sql`DELETE FROM acquire_request WHERE session = ${query.session} AND request_id = ${query.requestId}`.execute(tx);
    return claimed;
  });
}

/** What is left of the leases that this request got: not those that were completed or lost since. */
async function replay(tx: Tx, { session, requestId }: Query): Promise<readonly ShardRow[]> {
  const { rows } = await sql<ShardRow>`
    SELECT sweep_id, seq, fence, stage, layer, unit_start, unit_end, view, cost FROM shard
    WHERE session = ${session} AND state = 'leased' AND lease_request = ${requestId} ORDER BY sweep_id, seq`.execute(tx);
  return rows;
}

async function claim(tx: Tx, { session, requestId, max }: Query): Promise<readonly ShardRow[]> {
  const { rows: sweeps } = await sql<{ id: string }>`SELECT id FROM sweep WHERE state = 'running' ORDER BY number`.execute(tx);
  const claimed: ShardRow[] = [];
  for (const { id } of sweeps) {
    if (claimed.length === max) break;
    // A CTE, for `id IN (SELECT … LIMIT n FOR UPDATE SKIP LOCKED)` may take more than n (PostgreSQL bug 15715: as designed).
    const { rows } = await sql<ShardRow>`
      WITH picked AS MATERIALIZED (
        SELECT sweep_id, seq FROM shard
        WHERE sweep_id = ${id} AND state = 'ready' AND not_before <= now()
        ORDER BY seq LIMIT ${max - claimed.length} FOR UPDATE SKIP LOCKED)
      UPDATE shard s SET state = 'leased', fence = s.fence + 1, session = ${session}, lease_request = ${requestId}, leased_at = now()
      FROM picked p WHERE s.sweep_id = p.sweep_id AND s.seq = p.seq
      RETURNING s.sweep_id, s.seq, s.fence, s.stage, s.layer, s.unit_start, s.unit_end, s.view, s.cost`.execute(tx);
    claimed.push(...rows.toSorted((a, b) => a.seq - b.seq));
  }
  return claimed;
}
