import { sql } from 'kysely';
import { failuresOfPiece } from './after-failure.js';
import type { Tx } from './database.js';
import type { Policy, ShardRef } from './store.js';

export interface Divided extends ShardRef {
  readonly stage: string;
  readonly view: number;
  readonly unitStart: number;
  readonly unitEnd: number;
}

/** Where a range is cut: in the middle, between batches as long as there are several, so that a batch stays together while it can. */
export function middle({ unitStart, unitEnd }: Pick<Divided, 'unitStart' | 'unitEnd'>, batch: number): number {
  const batches = Math.ceil((unitEnd - unitStart) / batch);
  return unitStart + (batches > 1 ? Math.ceil(batches / 2) * batch : Math.ceil((unitEnd - unitStart) / 2));
}

/** Where what is left behind the first `finished` units is cut: in its middle, between batches; undefined where that is less than two. */
export function middleOfRest({ unitStart, unitEnd }: Pick<Divided, 'unitStart' | 'unitEnd'>, batch: number, finished: number): number | undefined {
  const rest = unitStart + Math.floor(finished / batch) * batch;
  return unitEnd - rest > batch ? middle({ unitStart: rest, unitEnd }, batch) : undefined;
}

/** How a shard's units are computed: so many at once, so many rows of each. Read in the caller's transaction, whose connection may be the last one there is. */
export async function batchOf(tx: Tx, { sweepId, stage, view }: Divided): Promise<{ readonly units: number; readonly rowsOfUnit: number }> {
  if (stage !== 'synthesis') return { units: 1, rowsOfUnit: 1 };
  const { rows: [found] } = await sql<{ units: number; rowsOfUnit: number }>`
    SELECT (view ->> 'batch')::integer AS units, json_array_length(view -> 'seeds') AS "rowsOfUnit"
    FROM (SELECT plan::json #> ARRAY['spec', 'views', 'synthesis', ${String(view)}]::text[] AS view FROM sweep WHERE id = ${sweepId}) of`.execute(tx);
  return found!;
}

/**
 * Cuts a shard that this transaction has just freed in two: it keeps the first part and its fence, the second is a new shard
 * at the end of the sweep's numbers; gives that. Both are ready, and neither is better or worse thought of than the whole; but a unit alone has its whole budget.
 *
 * The caller holds the sweep's row, so that no two draw the same number. Who held the shard before can change neither part:
 * of one the fence is not his any more once it is claimed, the other he never had.
 */
export async function divide(tx: Tx, { sweepId, seq, unitStart, unitEnd }: Divided, at: number): Promise<number> {
  const share = (at - unitStart) / (unitEnd - unitStart);
  const { rows: [second] } = await sql<{ seq: number }>`
    INSERT INTO shard (sweep_id, seq, stage, layer, unit_start, unit_end, view, cost, state, failures, failed_nodes, error, origin)
    SELECT sweep_id, (SELECT max(seq) + 1 FROM shard WHERE sweep_id = ${sweepId}), stage, layer, ${at}, unit_end, view, cost * ${1 - share}::double precision,
      'ready', CASE WHEN unit_end - ${at} = 1 THEN 0 ELSE failures END, failed_nodes, error, origin
    FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq} RETURNING seq`.execute(tx);
  await sql`
    UPDATE shard SET unit_end = ${at}, cost = cost * ${share}::double precision, failures = CASE WHEN ${at} - unit_start = 1 THEN 0 ELSE failures END
    WHERE sweep_id = ${sweepId} AND seq = ${seq}`.execute(tx);
  return second!.seq;
}

/** The same for a shard that has failed too often: pieces know what they were cut from, and have what tries `failuresOfPiece` leaves them, on any node. */
export async function bisect(tx: Tx, policy: Policy, shard: Divided, at: number): Promise<void> {
  const { sweepId, seq, unitStart, unitEnd } = shard;
  const second = await divide(tx, shard, at);
  await sql`
    UPDATE shard SET failures = CASE WHEN seq = ${seq} THEN ${failuresOfPiece(policy, at - unitStart)}::integer ELSE ${failuresOfPiece(policy, unitEnd - at)}::integer END, failed_nodes = '{}',
      origin = coalesce(origin, ${seq})
    WHERE sweep_id = ${sweepId} AND seq IN (${seq}, ${second})`.execute(tx);
}
