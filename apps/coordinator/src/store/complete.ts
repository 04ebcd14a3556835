import { contentKey } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import { errors } from '../errors.js';
import { batched } from './batched.js';
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
 * COORDINATOR_MANIFEST_MISMATCH. Everything else is `fenced` and changes nothing. Commits that come together share a
 * statement and a transaction, and each keeps its own guard.
 */
export function committer(db: Db): (commit: Commit) => Promise<Committed> {
  const commitTogether = batched((commits: readonly Hashed[]) => commitAll(db, commits), { lanes: 2, most: 64 });
  return async ({ session, claim, manifest }) => {
    const hash = manifestHash(manifest);
    const won = await commitTogether({ session, claim, manifest, hash }).catch((error: unknown) => {
      if (sqlState(error) !== uniqueViolation) throw error;
      throw errors.objectKeyTaken({ shardId: shardId(claim), reason: (error as Error & { detail?: string }).detail ?? '' }, error);
    });
    if (won !== 'lost') return { result: 'committed', last: won === 'won-last' };
    const { sweepId, seq, fence } = claim;
    const { rows: [shard] } = await sql<Row>`SELECT state, fence, manifest_hash FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq}`.execute(db);
    if (shard?.state !== 'done' || shard.fence !== fence) return { result: 'fenced', last: false };
    if (shard.manifest_hash !== hash) throw errors.manifestMismatch({ shardId: shardId(claim), fence: String(fence) });
    return { result: 'already-committed', last: false };
  };
}

/** `last`: its sweep may have nothing left to hand out, and is to be looked at. */
interface Committed { readonly result: 'committed' | 'already-committed' | 'fenced'; readonly last: boolean }

type Hashed = Commit & { readonly hash: string };

/**
 * Commits in one statement, and so in one transaction and one round trip; which of them won.
 *
 * Locks go sessions, then shards, as everywhere, each in their order, so that two batches wait for each other rather than
 * fall into a deadlock: whoever ends a session waits for this commit, or we see it ended. A shard that changed while we
 * waited is looked at again by the update, and no longer fits. The same commit twice in a batch wins once.
 *
 * While a shard of its sweep is ready, a commit cannot be the last; should that shard be committed before this statement has ended,
 * the reaper's round moves the sweep on. It is looked for in the order of its index, or all shards would be gone through.
 */
async function commitAll(db: Db, commits: readonly Hashed[]): Promise<readonly ('won' | 'won-last' | 'lost')[]> {
  const { rows } = await sql<{ n: number; last: boolean }>`
    WITH asked AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${askedJson(commits)}::jsonb)
        AS a(n integer, session text, sweep_id text, seq integer, fence bigint, hash text, stats text, seconds double precision, objects jsonb)),
    alive AS MATERIALIZED (
      SELECT id FROM session WHERE id IN (SELECT session FROM asked) AND ended_at IS NULL AND expires_at > now() ORDER BY id FOR NO KEY UPDATE),
    held AS MATERIALIZED (
      SELECT s.sweep_id, s.seq, a.n FROM asked a JOIN alive ON alive.id = a.session
      JOIN shard s ON s.sweep_id = a.sweep_id AND s.seq = a.seq AND s.fence = a.fence AND s.session = a.session AND s.state = 'leased'
      ORDER BY s.sweep_id, s.seq FOR NO KEY UPDATE OF s),
    won AS (
      UPDATE shard SET state = 'done', session = NULL, lease_request = NULL, finished = NULL, manifest_hash = a.hash, stats = a.stats::jsonb, error = NULL, done_at = now()
      FROM held h JOIN asked a ON a.n = h.n
      WHERE shard.sweep_id = h.sweep_id AND shard.seq = h.seq AND shard.fence = a.fence AND shard.session = a.session AND shard.state = 'leased'
      RETURNING a.n, a.session, a.objects, shard.sweep_id, shard.seq, unit_end - unit_start AS units,
        least(coalesce(a.seconds, 'infinity'), extract(epoch FROM now() - leased_at)::double precision) AS seconds),
    used AS (
      INSERT INTO sweep_usage (sweep_id, seconds) SELECT sweep_id, sum(seconds) FROM won GROUP BY sweep_id),
    listed AS (
      INSERT INTO object (sweep_id, seq, key, bytes, sha256, rows, kind, layer)
      SELECT won.sweep_id, won.seq, o.* FROM won
      CROSS JOIN LATERAL jsonb_to_recordset(won.objects) AS o(key text, bytes bigint, sha256 text, rows bigint, kind text, layer text)),
    cleared AS (
      DELETE FROM agent_health h USING session a WHERE a.id IN (SELECT session FROM won) AND h.agent_id = a.agent_id),
    counted AS (
      UPDATE session SET shards_done = shards_done + c.shards, units_done = units_done + c.units
      FROM (SELECT session, count(*)::integer AS shards, sum(units) AS units FROM won GROUP BY session) c WHERE session.id = c.session),
    sweeps AS MATERIALIZED (
      SELECT each.sweep_id, EXISTS (SELECT 1 FROM (
        SELECT seq FROM shard s WHERE s.sweep_id = each.sweep_id AND s.state = 'ready' ORDER BY s.sweep_id, s.stage, s.layer, s.view, s.seq LIMIT 1) one) AS goes_on
      FROM (SELECT DISTINCT sweep_id FROM won) each)
    SELECT won.n, NOT sweeps.goes_on AS last FROM won JOIN sweeps USING (sweep_id)`.execute(db);
  const winners = new Map(rows.map(({ n, last }) => [n, last ? 'won-last' : 'won'] as const));
  return commits.map((_, n) => winners.get(n) ?? 'lost');
}

const askedJson = (commits: readonly Hashed[]): string => JSON.stringify(commits.map(({ session, claim, manifest, hash }, n) => ({
  n, session, sweep_id: claim.sweepId, seq: claim.seq, fence: String(claim.fence), hash, stats: manifest.statsJson, seconds: secondsOf(manifest), objects: plain(manifest),
})));

/** What the agent says that it took; null where it says nothing that could be so. */
function secondsOf({ statsJson }: Manifest): number | null {
  const { seconds } = (JSON.parse(statsJson) ?? {}) as { readonly seconds?: unknown };
  return typeof seconds === 'number' && seconds >= 0 ? seconds : null;
}

const plain = (manifest: Manifest) => manifest.objects
  .map((object) => ({ ...object, bytes: String(object.bytes), rows: String(object.rows) }))
  .sort((a, b) => (a.key < b.key ? -1 : 1));

/** Of what was written, not of how long it took: a repeated report may have other statistics. */
const manifestHash = (manifest: Manifest): string => contentKey(plain(manifest));

