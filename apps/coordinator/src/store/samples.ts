import { sql } from 'kysely';
import type { Sample } from '../schedule/cost-model.js';
import { lotKey } from './cluster-view.js';
import type { Db } from './database.js';

/** How far back a coordinator that starts learns from. */
const firstLook = 1800;

/** The most of one reading, of each sweep: more tell nothing new. */
const most = 200;

interface Row { readonly sweep_id: string; readonly stage: string; readonly layer: string; readonly view: number; readonly cost: number; readonly seconds: number; readonly device: string; readonly at: Date }

/**
 * What shards took that were committed through any coordinator since the last reading, oldest first.
 *
 * One whose transaction began before the last reading and ended after it is missed: it is one sample among many.
 */
export function sampleReader(db: Db): () => Promise<readonly Sample[]> {
  let since: Date | undefined;
  return async () => {
    const { rows } = await sql<Row>`
      SELECT s.* FROM sweep w CROSS JOIN LATERAL (
        SELECT sweep_id, stage, layer, view, cost, (stats->>'seconds')::double precision AS seconds, stats->>'device' AS device, done_at AS at FROM shard
        WHERE sweep_id = w.id AND state = 'done' AND done_at > coalesce(${since ?? null}::timestamptz, now() - ${firstLook} * interval '1 s')
          AND jsonb_typeof(stats->'seconds') = 'number' AND jsonb_typeof(stats->'device') = 'string' ORDER BY done_at DESC LIMIT ${most}) s
      WHERE w.state = 'running' ORDER BY s.at`.execute(db);
    since = rows.at(-1)?.at ?? since;
    return rows.map((row) => ({ lot: lotKey(row), device: row.device, cost: row.cost, seconds: row.seconds }));
  };
}
