import { sql } from 'kysely';
import type { Db } from './database.js';

/** The queue at one moment, as gauges want it: what there is, not what happened. */
export interface Outlook {
  /** Sweeps by state. */
  readonly sweeps: ReadonlyMap<string, number>;
  /** Shards of sweeps that are not over, by stage and state. */
  readonly shards: readonly { readonly stage: string; readonly state: string; readonly count: number }[];
  /** Living sessions by provider. */
  readonly agents: ReadonlyMap<string, number>;
  /** What is still to do in running sweeps, leased shards included, in seconds of one agent; undefined while no speed is known. */
  readonly backlogSeconds: number | undefined;
  /** Of the sweeps that run or ended in the last ten minutes, so that their end is seen: the oldest, running ones first, at most `mostSweeps`. */
  readonly open: readonly { readonly id: string; readonly units: number; readonly unitsDone: number; /** That went into what is committed. */ readonly agentSeconds: number }[];
}

/** How far back the speed of agents is measured. */
const speedWindow = '30 minutes';

interface Counted { readonly key: string; readonly count: number }

/**
 * All figures are of one moment, so that none speaks against another: no shard is leased where nothing is left to do.
 *
 * Errors: those of the database.
 */
export function outlook(db: Db, mostSweeps: number): Promise<Outlook> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(async (tx) => {
    const sweeps = await sql<Counted>`SELECT state AS key, count(*)::integer AS count FROM sweep GROUP BY state`.execute(tx);
    const shards = await sql<{ stage: string; state: string; count: number }>`
      SELECT stage, state, sum(count)::integer AS count FROM (
        SELECT s.stage, s.state, count(*) FROM shard s JOIN sweep w ON w.id = s.sweep_id WHERE w.state IN ('running', 'paused') GROUP BY s.stage, s.state
        UNION ALL
        SELECT l.stage, 'waiting', sum(l.shards - l.expanded) FROM lot l JOIN sweep w ON w.id = l.sweep_id
        WHERE w.state IN ('running', 'paused') AND l.expanded < l.shards GROUP BY l.stage) part
      GROUP BY stage, state ORDER BY 1, 2`.execute(tx);
    const agents = await sql<Counted>`SELECT provider AS key, count(*)::integer AS count FROM session WHERE ended_at IS NULL AND expires_at > now() GROUP BY provider`.execute(tx);
    // Cost is in multiply-adds; the shards of the last half hour tell what one takes here. A shard without a cost (`publish`)
    // counts as a second: a fleet that was scaled to nothing must come back for it.
    const backlog = await sql<{ seconds: number | null }>`
      SELECT CASE WHEN recent.cost > 0 THEN todo.cost * recent.seconds / recent.cost + todo.free END AS seconds
      FROM (SELECT coalesce(sum(cost), 0) AS cost, count(*) FILTER (WHERE cost = 0) AS free FROM (
          SELECT s.cost FROM shard s JOIN sweep w ON w.id = s.sweep_id WHERE w.state = 'running' AND s.state IN ('waiting', 'ready', 'leased')
          UNION ALL
          SELECT l.cost_left FROM lot l JOIN sweep w ON w.id = l.sweep_id WHERE w.state = 'running' AND l.expanded < l.shards) part) todo,
        (SELECT sum(cost) AS cost, sum((stats->>'seconds')::double precision) AS seconds FROM shard
          WHERE state = 'done' AND done_at > now() - ${speedWindow}::interval) recent`.execute(tx);
    const open = await sql<{ id: string; units: number; done: number; seconds: number }>`
      SELECT w.id, (coalesce(sum(s.unit_end - s.unit_start), 0) + (SELECT coalesce(sum(l.units_left), 0) FROM lot l WHERE l.sweep_id = w.id))::double precision AS units,
        coalesce(sum(s.unit_end - s.unit_start) FILTER (WHERE s.state = 'done'), 0)::double precision AS done,
        coalesce(sum((s.stats->>'seconds')::double precision) FILTER (WHERE s.state = 'done'), 0)::double precision AS seconds
      FROM (SELECT id, number FROM sweep WHERE state = 'running' OR (state IN ('done', 'failed') AND finished_at > now() - interval '10 minutes')
        ORDER BY state <> 'running', number LIMIT ${mostSweeps}) w
      LEFT JOIN shard s ON s.sweep_id = w.id GROUP BY w.id, w.number ORDER BY w.number`.execute(tx);
    return {
      sweeps: counted(sweeps.rows),
      shards: shards.rows,
      agents: counted(agents.rows),
      backlogSeconds: backlog.rows[0]?.seconds ?? undefined,
      open: open.rows.map(({ id, units, done, seconds }) => ({ id, units, unitsDone: done, agentSeconds: seconds })),
    };
  });
}

const counted = (rows: readonly Counted[]): ReadonlyMap<string, number> => new Map(rows.map(({ key, count }) => [key, count]));
