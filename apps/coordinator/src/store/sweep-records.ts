import type { AtlasErrorJson } from '@neuron-atlas/errors';
import { stages as stageOrder, type ShardSpec } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import type { Db } from './database.js';
import { terminal, type StageCounts, type SweepRecord, type SweepState } from './store.js';

/** How far back speed is measured: long enough to be calm, short enough to follow agents that come and go. */
const windowSeconds = 300;

interface SweepRow {
  readonly id: string; readonly name: string; readonly output: string; readonly state: SweepState;
  readonly created_at: Date; readonly finished_at: Date | null; readonly error: AtlasErrorJson | null;
  readonly weight: number; readonly priority: number; readonly max_agents: number; readonly used: number;
}
interface StageRow {
  readonly sweep_id: string; readonly stage: ShardSpec['stage'];
  readonly total: number; readonly done: number; readonly leased: number; readonly ready: number; readonly quarantined: number;
  readonly units: number; readonly units_done: number; readonly cost_left: number;
}
interface RunningRow { readonly sweep_id: string; readonly stage: ShardSpec['stage']; readonly agents: number; readonly units: number; readonly cost: number }
interface RecentRow { readonly sweep_id: string; readonly units: number; readonly cost: number; readonly seconds: number }

/** Sweeps with their progress, in order of submission; with `only`, that one or none. */
export async function sweepRecords(db: Db, only?: string): Promise<readonly SweepRecord[]> {
  const { rows: sweeps } = await sql<SweepRow>`
    SELECT id, name, output, state, created_at, finished_at, error, weight, priority, max_agents,
      (SELECT coalesce(sum(seconds), 0) FROM sweep_usage u WHERE u.sweep_id = sweep.id) AS used FROM sweep
    WHERE ${only ?? null}::text IS NULL OR id = ${only ?? null} ORDER BY number`.execute(db);
  const ids = sweeps.map(({ id }) => id);
  const [stages, running, recent] = await Promise.all([stageRows(db, ids), runningRows(db, ids), recentRows(db, ids)]);
  return sweeps.map((sweep) => record(
    sweep,
    stages.filter((row) => row.sweep_id === sweep.id),
    running.filter((row) => row.sweep_id === sweep.id),
    recent.find((row) => row.sweep_id === sweep.id),
  ));
}

function record(sweep: SweepRow, stages: readonly StageRow[], running: readonly RunningRow[], recent: RecentRow | undefined): SweepRecord {
  const counts = stages.map(({ stage, total, done, leased, ready, quarantined, units, units_done }): StageCounts => ({
    stage, total, done, leased, ready, quarantined, units,
    unitsDone: units_done + (running.find((row) => row.stage === stage)?.units ?? 0),
  })).toSorted((a, b) => stageOrder.indexOf(a.stage) - stageOrder.indexOf(b.stage));
  const costLeft = Math.max(0, sum(stages.map((row) => row.cost_left)) - sum(running.map((row) => row.cost)));
  const costRate = recent === undefined || recent.seconds <= 0 ? 0 : recent.cost / recent.seconds;
  const over = terminal[sweep.state];
  return {
    id: sweep.id, name: sweep.name, output: sweep.output, state: sweep.state, stages: counts,
    unitsPerSecond: over || recent === undefined || recent.seconds <= 0 ? 0 : recent.units / recent.seconds,
    etaSeconds: over ? 0 : sweep.state === 'running' && costRate > 0 ? costLeft / costRate : -1,
    agents: Math.max(0, ...running.map((row) => row.agents)),
    weight: sweep.weight, priority: sweep.priority, maxAgents: sweep.max_agents, agentSeconds: sweep.used,
    createdAt: sweep.created_at, finishedAt: sweep.finished_at ?? undefined, error: sweep.error ?? undefined,
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

async function stageRows(db: Db, ids: readonly string[]): Promise<readonly StageRow[]> {
  const { rows } = await sql<StageRow>`
    SELECT sweep_id, stage, sum(total)::integer AS total, sum(done)::integer AS done, sum(leased)::integer AS leased, sum(ready)::integer AS ready,
      sum(quarantined)::integer AS quarantined, sum(units) AS units, sum(units_done) AS units_done, sum(cost_left) AS cost_left
    FROM (
    SELECT sweep_id, stage, count(*)::integer AS total,
      (count(*) FILTER (WHERE state = 'done'))::integer AS done,
      (count(*) FILTER (WHERE state = 'leased'))::integer AS leased,
      (count(*) FILTER (WHERE state = 'ready'))::integer AS ready,
      (count(*) FILTER (WHERE state = 'quarantined'))::integer AS quarantined,
      coalesce(sum(unit_end - unit_start), 0)::double precision AS units,
      coalesce(sum(unit_end - unit_start) FILTER (WHERE state = 'done'), 0)::double precision AS units_done,
      coalesce(sum(cost) FILTER (WHERE state IN ('waiting', 'ready', 'leased')), 0) AS cost_left
    FROM shard WHERE sweep_id = ANY (${ids}::text[]) GROUP BY sweep_id, stage
    UNION ALL
    SELECT sweep_id, stage, sum(shards - expanded)::integer, 0, 0, 0, 0, sum(units_left), 0, sum(cost_left)
    FROM lot WHERE sweep_id = ANY (${ids}::text[]) AND expanded < shards GROUP BY sweep_id, stage
    ) part GROUP BY sweep_id, stage`.execute(db);
  return rows;
}

/** What running shards have done so far, by the last heartbeats of the sessions that hold them. */
async function runningRows(db: Db, ids: readonly string[]): Promise<readonly RunningRow[]> {
  const { rows } = await sql<RunningRow>`
    SELECT s.sweep_id, s.stage, count(DISTINCT s.session)::integer AS agents,
      coalesce(sum((s.unit_end - s.unit_start) * p.fraction), 0) AS units, coalesce(sum(s.cost * p.fraction), 0) AS cost
    FROM shard s JOIN session a ON a.id = s.session
    LEFT JOIN LATERAL jsonb_to_recordset(a.progress) AS p(sweep text, seq integer, fence bigint, fraction double precision)
      ON p.sweep = s.sweep_id AND p.seq = s.seq AND p.fence = s.fence
    WHERE s.state = 'leased' AND s.sweep_id = ANY (${ids}::text[]) GROUP BY s.sweep_id, s.stage`.execute(db);
  return rows;
}

/**
 * What was done in the recent past, running shards included, and in how long: from the first of these leases until now, so
 * that neither a pause nor the time before the first agent came counts as slowness.
 */
async function recentRows(db: Db, ids: readonly string[]): Promise<readonly RecentRow[]> {
  const { rows } = await sql<RecentRow>`
    SELECT sweep_id, sum(units)::double precision AS units, sum(cost) AS cost, extract(epoch FROM now() - min(leased_at))::double precision AS seconds
    FROM (
      SELECT sweep_id, (unit_end - unit_start)::double precision AS units, cost, leased_at FROM shard
      WHERE sweep_id = ANY (${ids}::text[]) AND state = 'done' AND done_at > now() - ${windowSeconds} * interval '1 s'
      UNION ALL
      SELECT s.sweep_id, (s.unit_end - s.unit_start) * coalesce(p.fraction, 0), s.cost * coalesce(p.fraction, 0), s.leased_at
      FROM shard s JOIN session a ON a.id = s.session
      LEFT JOIN LATERAL jsonb_to_recordset(a.progress) AS p(sweep text, seq integer, fence bigint, fraction double precision)
        ON p.sweep = s.sweep_id AND p.seq = s.seq AND p.fence = s.fence
      WHERE s.state = 'leased' AND s.sweep_id = ANY (${ids}::text[])
    ) work GROUP BY sweep_id`.execute(db);
  return rows;
}
