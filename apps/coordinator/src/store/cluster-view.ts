import type { Stage } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import type { CostModel } from '../schedule/cost-model.js';
import type { FailedShard, WorkingAgent } from '../schedule/keep-off.js';
import type { Lot, OpenSweep } from '../schedule/offers.js';
import type { Db } from './database.js';
import { firstOpenStage } from './expand.js';

/** A session that lives. */
export interface LivingAgent extends WorkingAgent {
  readonly session: string;
  readonly agentId: string;
  readonly device: string;
  /** Whether it gets no work for now. */
  readonly aside: boolean;
}

/** A lot, and where its shards are to be had. */
export interface ViewedLot extends Lot {
  readonly stage: Stage;
  /** That are rows. */
  ready: number;
  /** Of its first shard; absent where all of them are rows. */
  readonly seq: number | undefined;
}

/** What is decided on: read in one moment, and up to half a second old. */
export interface ClusterView {
  readonly agents: ReadonlyMap<string, LivingAgent>;
  /** Of those that are not set aside, by device. */
  readonly devices: ReadonlyMap<string, number>;
  readonly failed: readonly FailedShard[];
  readonly sweeps: readonly OpenSweep<ViewedLot>[];
}

interface AgentRow { readonly session: string; readonly agent_id: string; readonly node: string; readonly device: string; readonly plugins: readonly string[]; readonly aside: boolean }
interface FailedRow { readonly sweep_id: string; readonly seq: number; readonly failed_nodes: readonly string[]; readonly plugins: readonly string[] }
interface SweepRow {
  readonly id: string; readonly number: bigint; readonly plugins: readonly string[]; readonly weight: number; readonly priority: number; readonly max_agents: number; readonly joined_at: number;
  readonly used: number;
}
interface LotRow { readonly sweep_id: string; readonly stage: Stage; readonly layer: string; readonly view: number; readonly shards: number; readonly cost: number; readonly seq: number | null }
interface LeasedRow { readonly sweep_id: string; readonly stage: string; readonly layer: string; readonly view: number; readonly session: string; readonly device: string; readonly shards: number; readonly cost: number }

/** Of a sweep, unique among all. */
export const lotKey = ({ sweep_id, stage, layer, view }: { readonly sweep_id: string; readonly stage: string; readonly layer: string; readonly view: number }): string => `${sweep_id} ${stage} ${view} ${layer}`;

/** `lastLots`: of living sessions, the lot of their last lease. */
export async function readClusterView(db: Db, model: CostModel, lastLots: ReadonlyMap<string, string>): Promise<ClusterView> {
  const [agents, failed, sweeps, lots, leased] = await Promise.all([
    sql<AgentRow>`
      SELECT s.id AS session, s.agent_id, s.node, s.device, s.plugins, coalesce(h.until > now(), false) AS aside
      FROM session s LEFT JOIN agent_health h ON h.agent_id = s.agent_id WHERE s.ended_at IS NULL AND s.expires_at > now()`.execute(db),
    sql<FailedRow>`
      SELECT s.sweep_id, s.seq, s.failed_nodes, w.plugins FROM sweep w JOIN shard s ON s.sweep_id = w.id
      WHERE w.state = 'running' AND s.state = 'ready' AND s.failed_nodes <> '{}'`.execute(db),
    sql<SweepRow>`
      SELECT id, number, plugins, weight, priority, max_agents, joined_at, (SELECT coalesce(sum(seconds), 0) FROM sweep_usage u WHERE u.sweep_id = w.id) AS used
      FROM sweep w WHERE state = 'running' ORDER BY number`.execute(db),
    sql<LotRow>`
      SELECT s.sweep_id, s.stage, s.layer, s.view, count(*)::integer AS shards, sum(s.cost) AS cost, NULL::integer AS seq, min(s.seq) AS place FROM sweep w JOIN shard s ON s.sweep_id = w.id
      WHERE w.state = 'running' AND s.state = 'ready' AND s.not_before <= now() GROUP BY s.sweep_id, s.stage, s.layer, s.view
      UNION ALL
      SELECT l.sweep_id, l.stage, l.layer, l.view, l.shards - l.expanded, l.cost_left, l.seq, l.seq FROM (SELECT id, ${firstOpenStage(sql`sweep.id`)} AS stage FROM sweep WHERE state = 'running') w
      JOIN lot l ON l.sweep_id = w.id AND l.stage = w.stage AND l.expanded < l.shards ORDER BY sweep_id, place`.execute(db),
    sql<LeasedRow>`
      SELECT s.sweep_id, s.stage, s.layer, s.view, s.session, a.device, count(*)::integer AS shards, sum(s.cost) AS cost FROM shard s JOIN session a ON a.id = s.session
      WHERE s.state = 'leased' GROUP BY s.sweep_id, s.stage, s.layer, s.view, s.session, a.device`.execute(db),
  ]);
  const living = new Map(agents.rows.map(({ agent_id: agentId, ...row }): [string, LivingAgent] => [row.session, { ...row, agentId }]));
  const devices = new Map<string, number>();
  for (const { device, aside } of living.values()) if (!aside) devices.set(device, (devices.get(device) ?? 0) + 1);
  const warm = new Map<string, number>();
  for (const [session, lot] of lastLots) if (living.has(session)) warm.set(lot, (warm.get(lot) ?? 0) + 1);
  return {
    agents: living,
    devices,
    failed: failed.rows.map(({ sweep_id: sweepId, seq, failed_nodes: failedNodes, plugins }) => ({ sweepId, seq, failedNodes, plugins })),
    sweeps: sweeps.rows.map((row): OpenSweep<ViewedLot> => {
      const held = leased.rows.filter(({ sweep_id }) => sweep_id === row.id);
      return {
        plugins: row.plugins,
        holders: new Set(held.map(({ session }) => session)),
        share: {
          id: row.id, number: Number(row.number), priority: row.priority, weight: row.weight, maxAgents: row.max_agents, joinedAt: row.joined_at, usedSeconds: row.used,
          leasedSeconds: held.reduce((sum, lease) => sum + (model.secondsOf({ lot: lotKey(lease), device: lease.device, cost: lease.cost }) ?? 0), 0),
        },
        lots: lotsOf(lots.rows.filter(({ sweep_id }) => sweep_id === row.id), warm),
      };
    }),
  };
}

/** Rows that are ready, and what is left of their lots, as one. */
function lotsOf(rows: readonly LotRow[], warm: ReadonlyMap<string, number>): readonly ViewedLot[] {
  const lots = new Map<string, { readonly row: LotRow; seq: number | undefined; left: number; ready: number; cost: number }>();
  for (const row of rows) {
    const key = lotKey(row);
    const lot = lots.get(key) ?? { row, seq: undefined, left: 0, ready: 0, cost: 0 };
    lots.set(key, { row, seq: row.seq ?? lot.seq, left: lot.left + row.shards, ready: lot.ready + (row.seq === null ? row.shards : 0), cost: lot.cost + row.cost });
  }
  return [...lots].map(([key, { row: { sweep_id: sweepId, stage, layer, view }, seq, left, ready, cost }]): ViewedLot => ({
    key, sweepId, stage, layer, view, seq, left, ready, cost: cost / left, warm: warm.get(key) ?? 0,
  }));
}
