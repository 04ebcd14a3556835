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

/** Units of a shard that are computed at once. Read in the caller's transaction, whose connection may be the last one there is. */
export async function batchOf(tx: Tx, { sweepId, stage, view }: Divided): Promise<number> {
  if (stage !== 'synthesis') return 1;
  const { rows: [found] } = await sql<{ batch: number }>`
    SELECT (plan::json #>> ARRAY['spec', 'views', 'synthesis', ${String(view)}, 'batch']::text[])::integer AS batch FROM sweep WHERE id = ${sweepId}`.execute(tx);
  return found!.batch;
}

/**
 * Cuts a shard that this transaction has just freed in two: it keeps the first half and its fence, the second half is a new shard
 * at the end of the sweep's numbers. Both are ready.
 *
 * The caller holds the sweep's row, so that no two draw the same number. Who held the shard before can change neither half:
 * of one the fence is not his any more once it is claimed, the other he never had.
 */
export async function bisect(tx: Tx, policy: Policy, shard: Divided, at: number): Promise<void> {
  const { sweepId, seq, unitStart, unitEnd } = shard;
  const share = (at - unitStart) / (unitEnd - unitStart);
  await sql`
    INSERT INTO shard (sweep_id, seq, stage, layer, unit_start, unit_end, view, cost, state, failures, error, origin)
    SELECT sweep_id, (SELECT max(seq) + 1 FROM shard WHERE sweep_id = ${sweepId}), stage, layer, ${at}, unit_end, view, cost * ${1 - share}::double precision,
      'ready', ${failuresOfPiece(policy, unitEnd - at)}, error, coalesce(origin, seq)
    FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq}`.execute(tx);
  await sql`
    UPDATE shard SET unit_end = ${at}, cost = cost * ${share}::double precision, failures = ${failuresOfPiece(policy, at - unitStart)}, failed_nodes = '{}',
      origin = coalesce(origin, seq)
    WHERE sweep_id = ${sweepId} AND seq = ${seq}`.execute(tx);
}
