import { sql } from 'kysely';
import type { Db } from './database.js';
import type { Claim, Policy, Progress, SweepState } from './store.js';

interface Report { readonly session: string; readonly seq: bigint; readonly leases: readonly Progress[] }
type Answer = Claim & { readonly kind: 'continue' | 'cancel' | 'lost' };

/**
 * Extends a session, and with it every lease it holds, by writing one row.
 *
 * Leases that the session has held for a whole time to live without naming them are freed: their agent never learnt of
 * them, for the reply was lost and the request not repeated.
 */
export async function heartbeat(db: Db, policy: Policy, { session, seq, leases }: Report): Promise<readonly Answer[] | 'session-lost'> {
  const progress = JSON.stringify(leases.map((lease) => ({
    sweep: lease.sweepId, seq: lease.seq, fence: String(lease.fence), done: lease.unitsDone, total: lease.unitsTotal, phase: lease.phase, fraction: lease.fraction,
  })));
  // A late heartbeat still proves life, but does not turn the progress back.
  const { numAffectedRows } = await sql`
    UPDATE session SET expires_at = now() + ${policy.leaseTtlMs} * interval '1 ms', heartbeat_at = now(),
      progress = CASE WHEN ${seq}::bigint > heartbeat_seq THEN ${progress}::jsonb ELSE progress END,
      heartbeat_seq = greatest(heartbeat_seq, ${seq}::bigint)
    WHERE id = ${session} AND ended_at IS NULL AND expires_at > now()`.execute(db);
  if (numAffectedRows !== 1n) return 'session-lost';
  const { rows: held } = await sql<{ sweep_id: string; seq: number; fence: bigint; state: SweepState; stale: boolean }>`
    SELECT s.sweep_id, s.seq, s.fence, w.state, s.leased_at < now() - ${policy.leaseTtlMs} * interval '1 ms' AS stale
    FROM shard s JOIN sweep w ON w.id = s.sweep_id
    WHERE s.session = ${session} AND s.state = 'leased'`.execute(db);
  for (const shard of held) {
    if (shard.stale && !leases.some((lease) => lease.sweepId === shard.sweep_id && lease.seq === shard.seq)) await free(db, session, shard);
  }
  const ended = await endedSweeps(db, leases);
  return leases.map(({ sweepId, seq: shardSeq, fence }): Answer => {
    const mine = held.find((shard) => shard.sweep_id === sweepId && shard.seq === shardSeq && shard.fence === fence);
    const kind = mine === undefined ? (ended.has(sweepId) ? 'cancel' : 'lost') : mine.state === 'running' ? 'continue' : 'cancel';
    return { sweepId, seq: shardSeq, fence, kind };
  });
}

async function free(db: Db, session: string, shard: { readonly sweep_id: string; readonly seq: number; readonly fence: bigint }): Promise<void> {
  await sql`
    UPDATE shard SET state = 'ready', session = NULL, lease_request = NULL
    WHERE sweep_id = ${shard.sweep_id} AND seq = ${shard.seq} AND fence = ${shard.fence} AND session = ${session} AND state = 'leased'`.execute(db);
}

/** A cancelled sweep has taken its leases already; its agents are told so rather than that somebody else has them. */
async function endedSweeps(db: Db, leases: readonly Progress[]): Promise<ReadonlySet<string>> {
  const ids = [...new Set(leases.map((lease) => lease.sweepId))];
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`SELECT id FROM sweep WHERE id = ANY (${ids}::text[]) AND state <> 'running'`.execute(db);
  return new Set(rows.map(({ id }) => id));
}
