import { contentKey } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import { errors } from '../errors.js';
import { sqlState, uniqueViolation } from './database-error.js';
import type { Db } from './database.js';
import { shardId } from './shard-id.js';
import type { Claim, Manifest } from './store.js';

interface Commit { readonly session: string; readonly claim: Claim; readonly manifest: Manifest }
interface Row { readonly state: string; readonly fence: bigint; readonly session: string | null; readonly manifest_hash: string | null }

/**
 * The commit point: manifest and state change together, under the current fence and a living session, or not at all.
 *
 * Said again it is `already-committed`, whoever says it; with another manifest under the same fence it is
 * COORDINATOR_MANIFEST_MISMATCH. Everything else is `fenced` and changes nothing.
 */
export async function complete(db: Db, { session, claim, manifest }: Commit): Promise<'committed' | 'already-committed' | 'fenced'> {
  const { sweepId, seq, fence } = claim;
  const hash = manifestHash(manifest);
  return db.transaction().execute(async (tx) => {
    // Locks go session, then shard, as everywhere: whoever ends the session waits for this commit, or we see it ended.
    const { rows: [alive] } = await sql`
      SELECT 1 FROM session WHERE id = ${session} AND ended_at IS NULL AND expires_at > now() FOR NO KEY UPDATE`.execute(tx);
    const { rows: [shard] } = await sql<Row>`
      SELECT state, fence, session, manifest_hash FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq} FOR UPDATE`.execute(tx);
    if (shard === undefined || shard.fence !== fence) return 'fenced';
    if (shard.state === 'done') {
      if (shard.manifest_hash !== hash) throw errors.manifestMismatch({ shardId: shardId(claim), fence: String(fence) });
      return 'already-committed';
    }
    if (alive === undefined || shard.state !== 'leased' || shard.session !== session) return 'fenced';
    const { numAffectedRows } = await sql`
      UPDATE shard SET state = 'done', session = NULL, lease_request = NULL, manifest_hash = ${hash}, stats = ${manifest.statsJson}::jsonb,
        error = NULL, done_at = now()
      WHERE sweep_id = ${sweepId} AND seq = ${seq} AND fence = ${fence} AND session = ${session} AND state = 'leased'`.execute(tx);
    if (numAffectedRows !== 1n) throw new Error(`unreachable: shard ${shardId(claim)} changed under its lock`);
    await sql`
      INSERT INTO object (sweep_id, seq, key, bytes, sha256, rows, kind, layer)
      SELECT ${sweepId}, ${seq}, key, bytes, sha256, rows, kind, layer
      FROM jsonb_to_recordset(${objectsJson(manifest)}::jsonb) AS o(key text, bytes bigint, sha256 text, rows bigint, kind text, layer text)`.execute(tx);
    await sql`
      UPDATE session SET shards_done = shards_done + 1,
        units_done = units_done + (SELECT unit_end - unit_start FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq})
      WHERE id = ${session}`.execute(tx);
    return 'committed';
  }).catch((error: unknown) => {
    if (sqlState(error) !== uniqueViolation) throw error;
    throw errors.objectKeyTaken({ shardId: shardId(claim), reason: (error as Error & { detail?: string }).detail ?? '' }, error);
  });
}

const plain = (manifest: Manifest) => manifest.objects
  .map((object) => ({ ...object, bytes: String(object.bytes), rows: String(object.rows) }))
  .sort((a, b) => (a.key < b.key ? -1 : 1));

/** Of what was written, not of how long it took: a repeated report may have other statistics. */
const manifestHash = (manifest: Manifest): string => contentKey(plain(manifest));

const objectsJson = (manifest: Manifest): string => JSON.stringify(plain(manifest));
