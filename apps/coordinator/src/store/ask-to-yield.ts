import { sql } from 'kysely';
import type { CostModel } from '../schedule/cost-model.js';
import { openTo } from '../schedule/offers.js';
import { leasesToYield, type HeldLease } from '../schedule/stragglers.js';
import { lotKey, type ClusterView } from './cluster-view.js';
import type { Db, Tx } from './database.js';
import type { Claim, Policy } from './store.js';

interface HeldRow {
  readonly sweep_id: string; readonly seq: number; readonly fence: bigint; readonly session: string; readonly device: string; readonly stage: string; readonly layer: string; readonly view: number;
  readonly cost: number; readonly plugins: readonly string[]; readonly failed_nodes: readonly string[]; readonly running: boolean; readonly fraction: number; readonly begun: number;
  readonly batches: number; readonly asked: HeldLease['asked'];
}

/**
 * Asks for leases that agents without work could begin with (stragglers.ts): notes them on their shards, under their fences. Returns those that were not asked for before.
 *
 * One coordinator does so at a time, and sees what the others have asked for. What a holder has not given back after half a lease's life it
 * will not: it is of an earlier version, or was nearly through. Then it may be another's turn.
 */
export async function askToYield(db: Db, policy: Policy, model: CostModel, { agents, sweeps }: ClusterView): Promise<readonly Claim[]> {
  // Mostly there is something to do for everybody, or nothing for anybody.
  if (sweeps.every(({ holders }) => holders.size === 0)) return [];
  const unserved = [...agents.values()].filter((agent) => !agent.aside && !openTo(sweeps, agent).some(({ lots }) => lots.some(({ left }) => left > 0)));
  if (unserved.length === 0) return [];
  return db.transaction().execute(async (tx) => {
    const { rows: [turn] } = await sql<{ mine: boolean }>`SELECT pg_try_advisory_xact_lock(hashtextextended('ask to yield', 0)) AS mine`.execute(tx);
    if (turn?.mine !== true) return [];
    const held = await heldLeases(tx, policy.leaseTtlMs / 2);
    const busy = new Set(held.map(({ session }) => session));
    const idle = unserved.filter(({ session }) => !busy.has(session));
    const room = new Map(sweeps.flatMap(({ share: { id, maxAgents }, holders }) => (maxAgents === 0 ? [] : [[id, maxAgents - holders.size] as const])));
    const wanted = idle.length === 0 ? [] : leasesToYield(idle, held, { model, room });
    return wanted.length === 0 ? [] : note(tx, wanted);
  });
}

async function heldLeases(tx: Tx, patienceMs: number): Promise<readonly HeldLease[]> {
  const { rows } = await sql<HeldRow>`
    WITH said AS MATERIALIZED (
      SELECT a.id, p.* FROM session a
      CROSS JOIN LATERAL jsonb_to_recordset(a.progress) AS p(sweep text, seq integer, fence bigint, fraction double precision, begun double precision)
      WHERE a.ended_at IS NULL AND a.expires_at > now()),
    batch AS MATERIALIZED (
      SELECT w.id, v.view, (w.plan::json #>> ARRAY['spec', 'views', 'synthesis', v.view::text, 'batch'])::integer AS units
      FROM (SELECT DISTINCT sweep_id, view FROM shard WHERE state = 'leased' AND stage = 'synthesis') v JOIN sweep w ON w.id = v.sweep_id)
    SELECT s.sweep_id, s.seq, s.fence, s.session, a.device, s.stage, s.layer, s.view, s.cost, w.plugins, s.failed_nodes, w.state = 'running' AS running,
      coalesce(p.fraction, 0) AS fraction, coalesce(p.begun, 0) AS begun,
      CASE WHEN s.stage = 'synthesis' THEN ceil((s.unit_end - s.unit_start)::double precision / b.units)::integer ELSE 1 END AS batches,
      CASE WHEN s.yield_fence IS DISTINCT FROM s.fence THEN 'no' WHEN s.yield_at > now() - ${patienceMs} * interval '1 ms' THEN 'lately' ELSE 'in vain' END AS asked
    FROM shard s JOIN session a ON a.id = s.session AND a.ended_at IS NULL AND a.expires_at > now() JOIN sweep w ON w.id = s.sweep_id
    LEFT JOIN batch b ON b.id = s.sweep_id AND b.view = s.view
    LEFT JOIN said p ON p.id = s.session AND p.sweep = s.sweep_id AND p.seq = s.seq AND p.fence = s.fence
    WHERE s.state = 'leased' ORDER BY s.leased_at, w.number, s.seq`.execute(tx);
  return rows.map((row) => ({
    sweepId: row.sweep_id, seq: row.seq, fence: row.fence, session: row.session, device: row.device, lot: lotKey(row), cost: row.cost, plugins: row.plugins,
    failedNodes: row.failed_nodes, running: row.running, begunSeconds: row.begun, fraction: row.fraction, batches: row.batches, asked: row.asked,
  }));
}

/** What is locked is being committed, given back or taken away: no need to ask for it. */
async function note(tx: Tx, wanted: readonly Claim[]): Promise<readonly Claim[]> {
  const asked = JSON.stringify(wanted.map(({ sweepId, seq, fence }) => ({ sweep_id: sweepId, seq, fence: String(fence) })));
  const { rows } = await sql<{ sweep_id: string; seq: number; fence: bigint }>`
    WITH asked AS MATERIALIZED (
      SELECT s.sweep_id, s.seq FROM jsonb_to_recordset(${asked}::jsonb) AS r(sweep_id text, seq integer, fence bigint)
      JOIN shard s ON s.sweep_id = r.sweep_id AND s.seq = r.seq AND s.fence = r.fence AND s.state = 'leased' FOR NO KEY UPDATE OF s SKIP LOCKED)
    UPDATE shard SET yield_fence = shard.fence, yield_at = now() FROM asked
    WHERE shard.sweep_id = asked.sweep_id AND shard.seq = asked.seq AND shard.yield_fence IS DISTINCT FROM shard.fence
    RETURNING shard.sweep_id, shard.seq, shard.fence`.execute(tx);
  return rows.map(({ sweep_id: sweepId, seq, fence }) => ({ sweepId, seq, fence }));
}
