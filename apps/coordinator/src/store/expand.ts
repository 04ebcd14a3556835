import { expandLot, type LotSpec, type ShardSpec, type SweepPlan } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import type { Db, Tx } from './database.js';

type LotName = Pick<LotSpec, 'seq' | 'stage' | 'layer' | 'view'>;

/** Which lots of a running sweep may be expanded: of the first stage that is not over, by rows or by lots. */
const openLots = (sweepId: string) => sql<{ seq: number }>`
  SELECT l.seq FROM lot l JOIN sweep w ON w.id = l.sweep_id
  WHERE l.sweep_id = ${sweepId} AND l.expanded < l.shards AND w.state IN ('running', 'paused') AND l.stage = ${firstOpenStage(sql`${sweepId}`)}`;

/** SQL for the first stage, in order, with anything open: rows that are not settled, or shards that are no rows yet. */
export const firstOpenStage = (sweepId: ReturnType<typeof sql>) => sql`(
  SELECT t.stage FROM (VALUES ('exemplars', 0), ('merge', 1), ('projections', 2), ('synthesis', 3), ('quality', 4), ('publish', 5)) AS t(stage, place)
  WHERE EXISTS (SELECT 1 FROM shard o WHERE o.sweep_id = ${sweepId} AND o.stage = t.stage AND o.state = 'waiting')
    OR EXISTS (SELECT 1 FROM shard o WHERE o.sweep_id = ${sweepId} AND o.stage = t.stage AND o.state IN ('ready', 'leased'))
    OR EXISTS (SELECT 1 FROM lot o WHERE o.sweep_id = ${sweepId} AND o.stage = t.stage AND o.expanded < o.shards)
  ORDER BY t.place LIMIT 1)`;

/**
 * Makes up to `count` rows more of a lot, ready to be leased; whether there were any to make. By two at once they are made once.
 *
 * Locks go sweep, lot, shard: whoever stops a sweep has it first, and what he finds is all there is.
 */
export async function expand(db: Db, plan: SweepPlan, sweepId: string, lot: LotName, count: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    await sql`SELECT 1 FROM sweep WHERE id = ${sweepId} FOR KEY SHARE`.execute(tx);
    const { rows: open } = await openLots(sweepId).execute(tx);
    if (!open.some(({ seq }) => seq === lot.seq)) return false;
    return expandIn(tx, plan, sweepId, lot, count);
  });
}

async function expandIn(tx: Tx, plan: SweepPlan, sweepId: string, lot: LotName, count: number): Promise<boolean> {
  const { rows: [row] } = await sql<{ expanded: number }>`
    SELECT expanded FROM lot WHERE sweep_id = ${sweepId} AND seq = ${lot.seq} AND expanded < shards FOR UPDATE`.execute(tx);
  if (row === undefined) return false;
  const shards = [...expandLot(plan, lot, row.expanded, count)];
  await insertShards(tx, sweepId, shards, 'ready');
  const units = shards.reduce((sum, { unitStart, unitEnd }) => sum + unitEnd - unitStart, 0);
  const cost = shards.reduce((sum, shard) => sum + shard.cost, 0);
  await sql`
    UPDATE lot SET expanded = expanded + ${shards.length}, units_left = units_left - ${units}::double precision,
      cost_left = CASE WHEN expanded + ${shards.length} >= shards THEN 0 ELSE greatest(0, cost_left - ${cost}::double precision) END
    WHERE sweep_id = ${sweepId} AND seq = ${lot.seq}`.execute(tx);
  return true;
}

export async function insertShards(tx: Tx, sweepId: string, shards: readonly ShardSpec[], state: 'ready' | 'waiting'): Promise<void> {
  await sql`
    INSERT INTO shard (sweep_id, seq, stage, layer, unit_start, unit_end, view, cost, state)
    SELECT ${sweepId}, seq, stage, layer, "unitStart", "unitEnd", view, cost, ${state}
    FROM jsonb_to_recordset(${JSON.stringify(shards)}::jsonb)
      AS s(seq integer, stage text, layer text, "unitStart" integer, "unitEnd" integer, view integer, cost double precision)`.execute(tx);
}
