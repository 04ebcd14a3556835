import { contentKey } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import { errors } from '../errors.js';
import { sqlState, uniqueViolation } from './database-error.js';
import type { Db } from './database.js';
import { shardId } from './shard-id.js';
import type { Claim, Manifest } from './store.js';

interface Commit { readonly session: string; readonly claim: Claim; readonly manifest: Manifest }
interface Row { readonly state: string; readonly fence: bigint; readonly manifest_hash: string | null }

/**
 * The commit point: manifest and state change together, under the current fence and a living session, or not at all.
 *
 * Said again it is `already-committed`, whoever says it; with another manifest under the same fence it is
 * COORDINATOR_MANIFEST_MISMATCH. Everything else is `fenced` and changes nothing.
 */
export async function complete(db: Db, { session, claim, manifest }: Commit): Promise<'committed' | 'already-committed' | 'fenced'> {
  const hash = manifestHash(manifest);
  if (await commit(db, { session, claim, manifest }, hash)) return 'committed';
  const { sweepId, seq, fence } = claim;
  const { rows: [shard] } = await sql<Row>`SELECT state, fence, manifest_hash FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq}`.execute(db);
  if (shard?.state !== 'done' || shard.fence !== fence) return 'fenced';
  if (shard.manifest_hash !== hash) throw errors.manifestMismatch({ shardId: shardId(claim), fence: String(fence) });
  return 'already-committed';
}

/**
 * All of the commit in one statement, and so in one transaction and one round trip.
 *
 * Locks go session, then shard, as everywhere: whoever ends the session waits for this commit, or we see it ended. A shard
 * that changed while we waited is looked at again by the update, and no longer fits.
 */
async function commit(db: Db, { session, claim: { sweepId, seq, fence }, manifest }: Commit, hash: string): Promise<boolean> {
  const { rows: [answer] } = await sql<{ won: boolean }>`
    WITH alive AS MATERIALIZED (
      SELECT id FROM session WHERE id = ${session} AND ended_at IS NULL AND expires_at > now() FOR NO KEY UPDATE),
    won AS (
      UPDATE shard SET state = 'done', session = NULL, lease_request = NULL, manifest_hash = ${hash}, stats = ${manifest.statsJson}::jsonb,
        error = NULL, done_at = now()
      FROM alive WHERE sweep_id = ${sweepId} AND seq = ${seq} AND fence = ${fence}::bigint AND session = alive.id AND state = 'leased'
      RETURNING unit_end - unit_start AS units),
    listed AS (
      INSERT INTO object (sweep_id, seq, key, bytes, sha256, rows, kind, layer)
      SELECT ${sweepId}, ${seq}::integer, key, bytes, sha256, rows, kind, layer
      FROM won, jsonb_to_recordset(${objectsJson(manifest)}::jsonb) AS o(key text, bytes bigint, sha256 text, rows bigint, kind text, layer text)),
    counted AS (
      UPDATE session SET shards_done = shards_done + 1, units_done = units_done + won.units FROM won WHERE id = ${session})
    SELECT EXISTS (SELECT 1 FROM won) AS won`.execute(db).catch((error: unknown) => {
    if (sqlState(error) !== uniqueViolation) throw error;
    throw errors.objectKeyTaken({ shardId: shardId({ sweepId, seq }), reason: (error as Error & { detail?: string }).detail ?? '' }, error);
  });
  return answer?.won === true;
}

const plain = (manifest: Manifest) => manifest.objects
  .map((object) => ({ ...object, bytes: String(object.bytes), rows: String(object.rows) }))
  .sort((a, b) => (a.key < b.key ? -1 : 1));

/** Of what was written, not of how long it took: a repeated report may have other statistics. */
const manifestHash = (manifest: Manifest): string => contentKey(plain(manifest));

const objectsJson = (manifest: Manifest): string => JSON.stringify(plain(manifest));
