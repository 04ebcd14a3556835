import { sql } from 'kysely';
import { errors } from '../errors.js';
import { chargeEnded } from './charge.js';
import type { Tx } from './database.js';
import type { LostLease, Policy } from './store.js';

/**
 * Frees every lease of a session that this transaction has ended; returns them.
 *
 * An agent that is lost costs a shard none of its failure budget, but too many losses quarantine it too: it may be what
 * ends them. Of several it is the first: agents work through their leases in order, and the others were not begun. No fence is needed in the guard: a dead session never lives again, so what it holds is of this session still.
 */
export async function freeLeases(tx: Tx, policy: Policy, session: string): Promise<readonly LostLease[]> {
  await chargeEnded(tx, session);
  const { rows } = await sql<{ sweep_id: string; seq: number; fence: bigint; losses: number; agent_id: string; node: string; at_work: boolean; quarantined: boolean }>`
    WITH held AS MATERIALIZED (
      SELECT s.sweep_id, s.seq, rank() OVER (ORDER BY w.number, s.seq) = 1 AS at_work FROM shard s JOIN sweep w ON w.id = s.sweep_id WHERE s.session = ${session} AND s.state = 'leased')
    UPDATE shard SET
      state = CASE WHEN at_work AND losses + 1 >= ${policy.lossBudget} THEN 'quarantined' ELSE 'ready' END,
      losses = losses + at_work::integer, session = NULL, lease_request = NULL, lost_at = session.heartbeat_at
    FROM session, held
    WHERE shard.sweep_id = held.sweep_id AND shard.seq = held.seq
      AND shard.session = ${session} AND shard.state = 'leased' AND session.id = shard.session AND session.ended_at IS NOT NULL
    RETURNING shard.sweep_id, shard.seq, fence, losses, agent_id, node, at_work, shard.state = 'quarantined' AS quarantined`.execute(tx);
  for (const row of rows) {
    if (!row.at_work) continue;
    const error = JSON.stringify(errors.leaseLost({ agentId: row.agent_id, times: row.losses }));
    await sql`
      INSERT INTO shard_failure (sweep_id, seq, fence, class, agent_id, node, error)
      VALUES (${row.sweep_id}, ${row.seq}, ${row.fence}, 'LOST', ${row.agent_id}, ${row.node}, ${error}::jsonb)`.execute(tx);
    if (row.quarantined) await sql`UPDATE shard SET error = ${error}::jsonb WHERE sweep_id = ${row.sweep_id} AND seq = ${row.seq}`.execute(tx);
  }
  return rows.map((row) => ({ sweepId: row.sweep_id, seq: row.seq, fence: row.fence, agentId: row.agent_id, quarantined: row.quarantined }));
}
