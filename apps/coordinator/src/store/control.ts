import { stages, type Stage } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import { errors } from '../errors.js';
import type { Db, Tx } from './database.js';
import { assertOutputFree, outputOf } from './output-hold.js';
import type { SweepState } from './store.js';

/** Hands out nothing more; agents hear of it with their next heartbeat. What they complete until then counts. */
export const pause = (db: Db, sweepId: string): Promise<void> => change(db, sweepId, async (tx, state) => {
  if (state === 'paused') return;
  if (state !== 'running') throw errors.sweepState({ sweepId, state, action: 'paused' });
  await sql`UPDATE sweep SET state = 'paused' WHERE id = ${sweepId}`.execute(tx);
});

export const resume = (db: Db, sweepId: string): Promise<void> => change(db, sweepId, async (tx, state) => {
  if (state === 'running') return;
  if (state !== 'paused') throw errors.sweepState({ sweepId, state, action: 'resumed' });
  await sql`UPDATE sweep SET state = 'running' WHERE id = ${sweepId}`.execute(tx);
  // The time in which nobody was to take them is no time of recovery.
  await sql`UPDATE shard SET lost_at = NULL WHERE sweep_id = ${sweepId} AND state = 'ready' AND lost_at IS NOT NULL`.execute(tx);
});

/** Ends a sweep where it stands: leases are void at once, what is committed stays. */
export const cancel = (db: Db, sweepId: string): Promise<void> => change(db, sweepId, async (tx, state) => {
  if (state === 'cancelled') return;
  if (state === 'done' || state === 'failed') throw errors.sweepState({ sweepId, state, action: 'cancelled' });
  await sql`
    UPDATE shard SET state = 'cancelled', session = NULL, lease_request = NULL
    WHERE sweep_id = ${sweepId} AND state IN ('waiting', 'ready', 'leased')`.execute(tx);
  await sql`UPDATE sweep SET state = 'cancelled', finished_at = now() WHERE id = ${sweepId}`.execute(tx);
});

/**
 * Gives quarantined and cancelled shards another chance with fresh budgets; then the sweep is published again.
 *
 * Nothing to retry changes nothing. A paused sweep stays paused.
 */
export const retry = (db: Db, sweepId: string): Promise<void> => change(db, sweepId, async (tx, state) => {
  const { rows: [lowest] } = await sql<{ stage: Stage }>`
    SELECT stage FROM unnest(${[...stages]}::text[]) WITH ORDINALITY AS t(stage, place)
    WHERE EXISTS (SELECT 1 FROM shard s WHERE s.sweep_id = ${sweepId} AND s.stage = t.stage AND s.state IN ('quarantined', 'cancelled')) ORDER BY place LIMIT 1`.execute(tx);
  if (lowest === undefined) return;
  await assertOutputFree(tx, await outputOf(tx, sweepId));
  const first = lowest.stage;
  const given = ['quarantined', 'cancelled'];
  const remade = first === 'exemplars' ? await layersOf(tx, sweepId, ['merge']) : first === 'merge' ? await layersOf(tx, sweepId, ['merge'], given) : [];
  const remeasured = first === 'exemplars' ? remade : await layersOf(tx, sweepId, ['merge', 'synthesis'], given);
  await sql`
    UPDATE shard SET state = CASE WHEN stage = ${first} AND stage <> 'publish' THEN 'ready' ELSE 'waiting' END,
      failures = 0, faults = 0, losses = 0, lost_at = NULL, not_before = '-infinity', error = NULL, failed_nodes = '{}'
    WHERE sweep_id = ${sweepId} AND state IN ('quarantined', 'cancelled')`.execute(tx);
  // What was merged without these pictures lacks them, and so does what was projected of it; what was measured lacks both, and made pictures.
  if (first === 'exemplars') await doAgain(tx, sweepId, 'merge', remade);
  await doAgain(tx, sweepId, 'projections', remade);
  // Pictures that start from exemplars start from others now; all others stand.
  await doAgain(tx, sweepId, 'synthesis', remade, await viewsFromExemplars(tx, sweepId));
  await doAgain(tx, sweepId, 'quality', remeasured);
  // An atlas that was published, or is being published, lacks these units.
  await sql`
    UPDATE shard SET state = 'waiting', session = NULL, lease_request = NULL, manifest_hash = NULL, stats = NULL, done_at = NULL
    FROM sweep WHERE sweep.id = ${sweepId} AND shard.sweep_id = sweep.id AND shard.seq = sweep.publish_seq`.execute(tx);
  await sql`DELETE FROM object USING sweep WHERE sweep.id = ${sweepId} AND object.sweep_id = sweep.id AND object.seq = sweep.publish_seq`.execute(tx);
  if (state !== 'paused') await sql`UPDATE sweep SET state = 'running' WHERE id = ${sweepId}`.execute(tx);
  await sql`UPDATE sweep SET error = NULL, finished_at = NULL WHERE id = ${sweepId}`.execute(tx);
});

/** The shards of a stage (of some of its views) of some layers wait as if they had never run: what they made is off the manifest. */
async function doAgain(tx: Tx, sweepId: string, stage: Stage, layers: readonly string[], views?: readonly number[]): Promise<void> {
  if (layers.length === 0 || views?.length === 0) return;
  const ofView = views === undefined ? sql`` : sql` AND shard.view = ANY(${[...views]}::integer[])`;
  await sql`
    DELETE FROM object USING shard WHERE shard.sweep_id = ${sweepId} AND shard.layer = ANY(${[...layers]}::text[]) AND shard.stage = ${stage}${ofView}
      AND object.sweep_id = shard.sweep_id AND object.seq = shard.seq`.execute(tx);
  await sql`
    UPDATE shard SET state = 'waiting', session = NULL, lease_request = NULL, manifest_hash = NULL, stats = NULL, done_at = NULL
    WHERE sweep_id = ${sweepId} AND layer = ANY(${[...layers]}::text[]) AND stage = ${stage}${ofView}`.execute(tx);
}

/** Of the plan: the views whose ascents start from exemplars. */
async function viewsFromExemplars(tx: Tx, sweepId: string): Promise<readonly number[]> {
  const { rows: [row] } = await sql<{ views: readonly number[] | null }>`SELECT plan::jsonb -> 'fromExemplars' AS views FROM sweep WHERE id = ${sweepId}`.execute(tx);
  return row?.views ?? [];
}

/** The layers of some stages' shards; with states, of those that are in one of them. */
async function layersOf(tx: Tx, sweepId: string, of: readonly Stage[], states?: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ layer: string }>`
    SELECT DISTINCT layer FROM shard WHERE sweep_id = ${sweepId} AND stage = ANY(${[...of]}::text[]) AND (${states === undefined} OR state = ANY(${[...states ?? []]}::text[]))`.execute(tx);
  return rows.map(({ layer }) => layer);
}

async function change(db: Db, sweepId: string, how: (tx: Tx, state: SweepState) => Promise<void>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows: [row] } = await sql<{ state: SweepState }>`SELECT state FROM sweep WHERE id = ${sweepId} FOR UPDATE`.execute(tx);
    if (row === undefined) throw errors.sweepNotFound({ sweepId });
    await how(tx, row.state);
  });
}
