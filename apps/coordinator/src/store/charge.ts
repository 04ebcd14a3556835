import { sql } from 'kysely';
import type { Db, Tx } from './database.js';
import type { ShardRef } from './store.js';

/**
 * A failed shard's part of its session's time: the time since it was leased, among the leases that the session works through. The
 * commit of a shard charges what its agent says that it took, at most that time (complete.ts).
 */
export async function chargeFailed(tx: Tx, { session, sweepId, seq }: ShardRef & { readonly session: string }): Promise<void> {
  await sql`
    INSERT INTO sweep_usage (sweep_id, seconds)
    SELECT sweep_id, extract(epoch FROM now() - leased_at) / (SELECT count(*) FROM shard h WHERE h.session = ${session} AND h.state = 'leased')
    FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq}`.execute(tx);
}

/** The time until its last sign of life that a session, which this transaction has ended, spent on what it held: charged once for all leases of a sweep. */
export async function chargeEnded(tx: Tx, session: string): Promise<void> {
  await sql`
    INSERT INTO sweep_usage (sweep_id, seconds)
    SELECT s.sweep_id, greatest(0, extract(epoch FROM a.heartbeat_at - max(s.leased_at))) FROM shard s JOIN session a ON a.id = s.session
    WHERE s.session = ${session} AND s.state = 'leased' GROUP BY s.sweep_id, a.heartbeat_at`.execute(tx);
}

/** One row for each sweep instead of one for each commit. What is written meanwhile stays as it is. */
export async function addUpUsage(db: Db): Promise<void> {
  await sql`
    WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(hashtextextended('sweep usage', 0)) AS mine),
    gone AS (DELETE FROM sweep_usage WHERE (SELECT mine FROM turn) RETURNING sweep_id, seconds)
    INSERT INTO sweep_usage (sweep_id, seconds) SELECT sweep_id, sum(seconds) FROM gone GROUP BY sweep_id`.execute(db);
}
