import { sql } from 'kysely';
import type { Db } from './database.js';
import type { Store } from './store.js';

/**
 * Gives leases back at no cost to their shards; those that are not this session's any more are passed over. What is finished of one
 * goes to its next holder, until it fails or is done.
 */
export async function release(db: Db, { session, claims }: Parameters<Store['release']>[0]): Promise<number> {
  const wanted = JSON.stringify(claims.map(({ sweepId, seq, fence, finished = [] }) => ({
    sweep_id: sweepId, seq, fence: String(fence),
    finished: finished.length === 0 ? null : finished.map((object) => ({ ...object, bytes: String(object.bytes), rows: String(object.rows) })),
  })));
  const { numAffectedRows } = await sql`
    UPDATE shard SET state = 'ready', session = NULL, lease_request = NULL,
      finished = CASE WHEN jsonb_typeof(r.finished) = 'array' THEN r.finished ELSE shard.finished END
    FROM jsonb_to_recordset(${wanted}::jsonb) AS r(sweep_id text, seq integer, fence bigint, finished jsonb), session
    WHERE shard.sweep_id = r.sweep_id AND shard.seq = r.seq AND shard.fence = r.fence
      AND shard.session = ${session} AND shard.state = 'leased'
      AND session.id = shard.session AND session.ended_at IS NULL AND session.expires_at > now()`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
