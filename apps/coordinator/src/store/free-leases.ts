import { sql } from 'kysely';
import { errors } from '../errors.js';
import type { Tx } from './database.js';
import type { LostLease, Policy } from './store.js';

/**
 * Frees every lease of a session that this transaction has ended; returns them.
 *
 * An agent that is lost costs a shard none of its failure budget, but too many losses quarantine it too: it may be what
 * ends them. No fence is needed in the guard: a dead session never lives again, so what it holds is of this session still.
 */
export async function freeLeases(tx: Tx, policy: Policy, session: string): Promise<readonly LostLease[]> {
  const { rows } = await sql<{ sweep_id: string; seq: number; fence: bigint; losses: number; agent_id: string; node: string; quarantined: boolean }>`
    UPDATE shard SET
      state = CASE WHEN losses + 1 >= ${policy.lossBudget} THEN 'quarantined' ELSE 'ready' END,
      losses = losses + 1, session = NULL, lease_request = NULL, lost_at = session.heartbeat_at
    FROM session
    WHERE shard.session = ${session} AND shard.state = 'leased' AND session.id = shard.session AND session.ended_at IS NOT NULL
    RETURNING sweep_id, seq, fence, losses, agent_id, node, shard.state = 'quarantined' AS quarantined`.execute(tx);
  for (const row of rows) {
    const error = JSON.stringify(errors.leaseLost({ agentId: row.agent_id, times: row.losses }));
    await sql`
      INSERT INTO shard_failure (sweep_id, seq, fence, class, agent_id, node, error)
      VALUES (${row.sweep_id}, ${row.seq}, ${row.fence}, 'LOST', ${row.agent_id}, ${row.node}, ${error}::jsonb)`.execute(tx);
    if (row.quarantined) await sql`UPDATE shard SET error = ${error}::jsonb WHERE sweep_id = ${row.sweep_id} AND seq = ${row.seq}`.execute(tx);
  }
  return rows.map((row) => ({ sweepId: row.sweep_id, seq: row.seq, fence: row.fence, agentId: row.agent_id, quarantined: row.quarantined }));
}
