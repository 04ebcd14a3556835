import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { errors } from '../errors.js';
import type { Db } from './database.js';
import { freeLeases } from './free-leases.js';
import type { AgentIdentity, LostLease, Policy } from './store.js';

interface Live { readonly id: string; readonly incarnation: string; readonly identity: string; readonly alive: boolean }

/** Opens a session; an earlier one of the same agent ends, and its leases are free at once. */
export async function register(db: Db, policy: Policy, agent: AgentIdentity): Promise<{ session: string; freed: readonly LostLease[] }> {
  return db.transaction().execute(async (tx) => {
    // Two registrations of one agent_id at once go one after the other.
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`agent ${agent.agentId}`}, 0))`.execute(tx);
    const { rows: [live] } = await sql<Live>`
      SELECT id, incarnation, identity, expires_at > now() AS alive FROM session
      WHERE agent_id = ${agent.agentId} AND ended_at IS NULL FOR UPDATE`.execute(tx);
    const identity = agent.identity ?? 'local';
    if (live?.alive === true && live.identity !== identity) throw errors.agentTaken({ agentId: agent.agentId });
    if (live?.alive === true && live.incarnation === agent.incarnation) {
      await sql`UPDATE session SET expires_at = now() + ${policy.leaseTtlMs} * interval '1 ms', heartbeat_at = now() WHERE id = ${live.id}`.execute(tx);
      return { session: live.id, freed: [] };
    }
    let freed: readonly LostLease[] = [];
    if (live !== undefined) {
      await sql`UPDATE session SET ended_at = now(), end_reason = 'replaced' WHERE id = ${live.id}`.execute(tx);
      freed = await freeLeases(tx, policy, live.id);
    }
    const session = `se-${randomUUID()}`;
    await sql`
      INSERT INTO session (id, agent_id, incarnation, node, provider, device, version, plugins, identity, expires_at)
      VALUES (${session}, ${agent.agentId}, ${agent.incarnation}, ${agent.node}, ${agent.provider}, ${agent.device},
        ${agent.version}, ${agent.plugins}::text[], ${identity}, now() + ${policy.leaseTtlMs} * interval '1 ms')`.execute(tx);
    return { session, freed };
  });
}
