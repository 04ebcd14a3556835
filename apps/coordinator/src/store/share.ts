import { sql } from 'kysely';
import { errors } from '../errors.js';
import type { Db } from './database.js';
import type { ShareChange } from './store.js';

/** Changes what a sweep is entitled to. It keeps its place: its virtual time is what it was, and runs on at another pace. */
export async function share(db: Db, sweepId: string, { weight, priority, maxAgents }: ShareChange): Promise<void> {
  const { numAffectedRows } = await sql`
    UPDATE sweep SET priority = coalesce(${priority ?? null}::integer, priority), max_agents = coalesce(${maxAgents ?? null}::integer, max_agents),
      joined_at = joined_at + used.seconds / weight - used.seconds / coalesce(${weight ?? null}::double precision, weight),
      weight = coalesce(${weight ?? null}::double precision, weight)
    FROM (SELECT coalesce(sum(seconds), 0) AS seconds FROM sweep_usage WHERE sweep_id = ${sweepId}) used
    WHERE id = ${sweepId}`.execute(db);
  if (numAffectedRows !== 1n) throw errors.sweepNotFound({ sweepId });
}
