import { sql } from 'kysely';
import type { FailedShard, WorkingAgent } from '../schedule/keep-off.js';
import type { Db } from './database.js';

/** A session that lives. */
export interface LivingAgent extends WorkingAgent {
  readonly session: string;
  readonly agentId: string;
  readonly device: string;
  /** Whether it gets no work for now. */
  readonly aside: boolean;
}

/** What is decided on: read in one moment, and up to half a second old. */
export interface ClusterView {
  readonly agents: ReadonlyMap<string, LivingAgent>;
  readonly failed: readonly FailedShard[];
}

interface AgentRow { readonly session: string; readonly agent_id: string; readonly node: string; readonly device: string; readonly plugins: readonly string[]; readonly aside: boolean }
interface FailedRow { readonly sweep_id: string; readonly seq: number; readonly failed_nodes: readonly string[]; readonly plugins: readonly string[] }

export async function readClusterView(db: Db): Promise<ClusterView> {
  const [agents, failed] = await Promise.all([
    sql<AgentRow>`
      SELECT s.id AS session, s.agent_id, s.node, s.device, s.plugins, coalesce(h.until > now(), false) AS aside
      FROM session s LEFT JOIN agent_health h ON h.agent_id = s.agent_id WHERE s.ended_at IS NULL AND s.expires_at > now()`.execute(db),
    sql<FailedRow>`
      SELECT s.sweep_id, s.seq, s.failed_nodes, w.plugins FROM sweep w JOIN shard s ON s.sweep_id = w.id
      WHERE w.state = 'running' AND s.state = 'ready' AND s.failed_nodes <> '{}'`.execute(db),
  ]);
  return {
    agents: new Map(agents.rows.map(({ agent_id: agentId, ...row }) => [row.session, { ...row, agentId }])),
    failed: failed.rows.map(({ sweep_id: sweepId, seq, failed_nodes: failedNodes, plugins }) => ({ sweepId, seq, failedNodes, plugins })),
  };
}
