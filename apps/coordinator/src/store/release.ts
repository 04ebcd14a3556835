import { sql } from 'kysely';
import { batchOf, divide, middleOfRest } from './bisect.js';
import type { Db, Tx } from './database.js';
import type { FinishedRow } from './task-json.js';
import type { Store } from './store.js';

type Given = Parameters<Store['release']>[0];

/**
 * Gives leases back at no cost to their shards; those that are not this session's any more are passed over. What is finished of one
 * goes to its next holder, until it fails or is done.
 *
 * A shard that was asked for under this fence while it was worked on is cut in two as well: others have nothing to do.
 */
export async function release(db: Db, given: Given): Promise<number> {
  const cut = await toBeCut(db, given);
  const isCut = ({ sweepId, seq }: Given['claims'][number]): boolean => cut.some((row) => row.sweep_id === sweepId && row.seq === seq);
  let released = await free(db, { ...given, claims: given.claims.filter((claim) => !isCut(claim)) });
  for (const claim of given.claims.filter(isCut)) released += await freeAndCut(db, { ...given, claims: [claim] });
  return released;
}

async function free(db: Db | Tx, { session, claims }: Given): Promise<number> {
  if (claims.length === 0) return 0;
  const { numAffectedRows } = await sql`
    UPDATE shard SET state = 'ready', session = NULL, lease_request = NULL,
      finished = CASE WHEN jsonb_typeof(r.finished) = 'array' THEN r.finished ELSE shard.finished END
    FROM jsonb_to_recordset(${claimsJson(claims)}::jsonb) AS r(sweep_id text, seq integer, fence bigint, finished jsonb), session
    WHERE shard.sweep_id = r.sweep_id AND shard.seq = r.seq AND shard.fence = r.fence
      AND shard.session = ${session} AND shard.state = 'leased'
      AND session.id = shard.session AND session.ended_at IS NULL AND session.expires_at > now()`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

const claimsJson = (claims: Given['claims']): string => JSON.stringify(claims.map(({ sweepId, seq, fence, finished = [] }) => ({
  sweep_id: sweepId, seq, fence: String(fence),
  finished: finished.length === 0 ? null : finished.map((object) => ({ ...object, bytes: String(object.bytes), rows: String(object.rows) })),
})));

/** Shards of these that were asked for and begun: something of them is finished, or the session's last heartbeat says so. */
async function toBeCut(db: Db, { session, claims }: Given): Promise<readonly { readonly sweep_id: string; readonly seq: number }[]> {
  const { rows } = await sql<{ sweep_id: string; seq: number }>`
    SELECT s.sweep_id, s.seq FROM jsonb_to_recordset(${claimsJson(claims)}::jsonb) AS r(sweep_id text, seq integer, fence bigint, finished jsonb)
    JOIN shard s ON s.sweep_id = r.sweep_id AND s.seq = r.seq AND s.fence = r.fence AND s.session = ${session} AND s.state = 'leased'
    JOIN sweep w ON w.id = s.sweep_id AND w.state = 'running' JOIN session a ON a.id = s.session
    WHERE s.yield_fence = s.fence AND s.stage = 'synthesis' AND (jsonb_typeof(r.finished) = 'array' OR EXISTS (
      SELECT 1 FROM jsonb_to_recordset(a.progress) AS p(sweep text, seq integer, fence bigint, begun double precision)
      WHERE p.sweep = s.sweep_id AND p.seq = s.seq AND p.fence = s.fence AND p.begun > 0))`.execute(db);
  return rows;
}

/** Locks go session, sweep, shard, as where a shard fails. */
async function freeAndCut(db: Db, given: Given): Promise<number> {
  const [{ sweepId, seq }] = given.claims as [Given['claims'][number]];
  return db.transaction().execute(async (tx) => {
    await sql`SELECT 1 FROM session WHERE id = ${given.session} FOR NO KEY UPDATE`.execute(tx);
    await sql`SELECT 1 FROM sweep WHERE id = ${sweepId} FOR NO KEY UPDATE`.execute(tx);
    if (await free(tx, given) === 0) return 0;
    const { rows: [row] } = await sql<{ view: number; unit_start: number; unit_end: number; finished: readonly FinishedRow[] | null }>`
      SELECT view, unit_start, unit_end, finished FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq}`.execute(tx);
    const shard = { sweepId, seq, stage: 'synthesis', view: row!.view, unitStart: row!.unit_start, unitEnd: row!.unit_end };
    const batch = await batchOf(tx, shard);
    const rows = (row!.finished ?? []).reduce((sum, object) => sum + Number(object.rows), 0);
    const at = middleOfRest(shard, batch.units, Math.floor(rows / batch.rowsOfUnit));
    if (at !== undefined) await divide(tx, shard, at);
    return 1;
  });
}
