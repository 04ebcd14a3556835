import { sql } from 'kysely';
import type { Db } from './database.js';
import type { AgentRecord } from './store.js';

interface Row {
  readonly agent_id: string; readonly node: string; readonly provider: string; readonly device: string; readonly version: string;
  readonly age: number; readonly leases: number; readonly units_done: bigint; readonly shards_done: number; readonly shards_failed: number; readonly aside: number;
}

/** Agents whose session lives, by name. */
export async function agents(db: Db): Promise<readonly AgentRecord[]> {
  const { rows } = await sql<Row>`
    SELECT agent_id, node, provider, device, version, extract(epoch FROM now() - heartbeat_at)::double precision AS age,
      (SELECT count(*) FROM shard WHERE shard.session = session.id AND state = 'leased')::integer AS leases,
      units_done, shards_done, shards_failed,
      coalesce((SELECT greatest(0, extract(epoch FROM until - now())) FROM agent_health h WHERE h.agent_id = session.agent_id AND until > now()), 0)::double precision AS aside
    FROM session WHERE ended_at IS NULL AND expires_at > now() ORDER BY agent_id`.execute(db);
  return rows.map((row) => ({
    agentId: row.agent_id, node: row.node, provider: row.provider, device: row.device, version: row.version, heartbeatAgeSeconds: row.age,
    leases: row.leases, unitsDone: row.units_done, shardsDone: row.shards_done, shardsFailed: row.shards_failed, asideSeconds: row.aside,
  }));
}
