import { stages, type Stage } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import type { Db, Tx } from './database.js';

type Next = Stage | 'conclude' | 'expand';

/**
 * Moves a sweep on where its shards allow it: readies the next stage when nothing is open, ends the sweep after `publish`.
 *
 * Runs after the transaction that changed a shard has committed, in one of its own: of two that finish the last two shards
 * at once, each sees its own commit, and the later one sees both. Where a process dies in between, the reaper's round does
 * it. Does nothing, any number of times, where there is nothing to do. Returns whether there is
 * work that nobody has.
 */
export async function settle(db: Db, sweepId: string): Promise<boolean> {
  const first = await next(db, sweepId);
  if (first === undefined || first === 'expand') return first !== undefined;
  return db.transaction().execute(async (tx) => {
    await sql`SELECT 1 FROM sweep WHERE id = ${sweepId} FOR UPDATE`.execute(tx);
    const then = await next(tx, sweepId); // a new statement sees what the wait for the lock let through
    if (then === undefined || then === 'expand') return then !== undefined;
    if (then !== 'conclude') {
      await sql`UPDATE shard SET state = 'ready' WHERE sweep_id = ${sweepId} AND stage = ${then} AND state = 'waiting'`.execute(tx);
      return true;
    }
    await sql`
      UPDATE sweep SET finished_at = now(),
        state = CASE WHEN bad.error IS NULL THEN 'done' ELSE 'failed' END, error = bad.error
      FROM (SELECT (SELECT coalesce(error, '{}') FROM shard WHERE sweep_id = ${sweepId} AND state = 'quarantined' ORDER BY seq LIMIT 1) AS error) bad
      WHERE id = ${sweepId}`.execute(tx);
    return false;
  });
}

// The cases are taken in turn: while something is open, as it nearly always is, one row of the index of open shards answers.
async function next(db: Db | Tx, sweepId: string): Promise<Next | undefined> {
  const { rows: [row] } = await sql<{ next: Next | null }>`
    SELECT CASE
      WHEN EXISTS (SELECT 1 FROM shard s WHERE s.sweep_id = w.id AND s.state IN ('ready', 'leased')) THEN NULL
      WHEN (SELECT p.state FROM shard p WHERE p.sweep_id = w.id AND p.seq = w.publish_seq) IN ('done', 'quarantined') THEN 'conclude'
      ELSE coalesce( (SELECT stage FROM unnest(${[...stages]}::text[]) WITH ORDINALITY AS t(stage, place)
        WHERE EXISTS (SELECT 1 FROM shard s WHERE s.sweep_id = w.id AND s.stage = t.stage AND s.state = 'waiting')
          AND NOT EXISTS (SELECT 1 FROM lot l WHERE l.sweep_id = w.id AND l.expanded < l.shards AND array_position(${[...stages]}::text[], l.stage) < place)
        ORDER BY place LIMIT 1),
        CASE WHEN EXISTS (SELECT 1 FROM lot l WHERE l.sweep_id = w.id AND l.expanded < l.shards) THEN 'expand' END) -- when somebody asks
    END AS next
    FROM sweep w WHERE w.id = ${sweepId} AND w.state IN ('running', 'paused')`.execute(db);
  return row?.next ?? undefined;
}

/** Sweeps that are not over. */
export async function openSweeps(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM sweep WHERE state IN ('running', 'paused')`.execute(db);
  return rows.map(({ id }) => id);
}
