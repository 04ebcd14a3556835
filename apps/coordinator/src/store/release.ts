import { sql } from 'kysely';
import type { Db } from './database.js';
import type { Claim } from './store.js';

/** Gives leases back at no cost to their shards; those that are not this session's any more are passed over. */
export async function release(db: Db, { session, claims }: { readonly session: string; readonly claims: readonly Claim[] }): Promise<number> {
  const wanted = JSON.stringify(claims.map(({ sweepId, seq, fence }) => ({ sweep_id: sweepId, seq, fence: String(fence) })));
  const { numAffectedRows } = await sql`
    UPDATE shard SET state = 'ready', session = NULL, lease_request = NULL
    FROM jsonb_to_recordset(${wanted}::jsonb) AS r(sweep_id text, seq integer, fence bigint), session
    WHERE shard.sweep_id = r.sweep_id AND shard.seq = r.seq AND shard.fence = r.fence
      AND shard.session = ${session} AND shard.state = 'leased'
      AND session.id = shard.session AND session.ended_at IS NULL AND session.expires_at > now()`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
