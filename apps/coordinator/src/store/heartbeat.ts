import { sql } from 'kysely';
import { batched } from './batched.js';
import type { Db } from './database.js';
import type { Claim, Policy, Progress, SweepState } from './store.js';

interface Report { readonly session: string; readonly seq: bigint; readonly leases: readonly Progress[] }
type Answer = Claim & { readonly kind: 'continue' | 'yield' | 'cancel' | 'lost' };
type Answers = readonly Answer[] | 'session-lost';

/** A lease that a session holds. */
interface HeldRow { readonly n: number; readonly sweep_id: string; readonly seq: number; readonly fence: bigint; readonly state: SweepState; readonly stale: boolean; readonly yields: boolean }

/**
 * Extends a session, and with it every lease it holds, by writing one row; those that come within `policy.gatherMs` are written together.
 *
 * Leases that the session has held for a whole time to live without naming them are freed: their agent never learnt of
 * them, for the reply was lost and the request not repeated.
 */
export function heartbeats(db: Db, policy: Policy): (report: Report) => Promise<Answers> {
  const beatTogether = batched((reports: readonly Report[]) => beatAll(db, policy, reports), { lanes: 2, most: 64, gatherMs: policy.gatherMs, alwaysGather: true });
  return async (report) => {
    const held = await beatTogether(report);
    if (held === 'session-lost') return held;
    const { session, leases } = report;
    for (const shard of held) {
      if (shard.stale && !leases.some((lease) => lease.sweepId === shard.sweep_id && lease.seq === shard.seq)) await free(db, session, shard);
    }
    const heldOf = ({ sweepId, seq, fence }: Claim): HeldRow | undefined => held.find((shard) => shard.sweep_id === sweepId && shard.seq === seq && shard.fence === fence);
    const ended = await endedSweeps(db, leases.filter((lease) => heldOf(lease) === undefined));
    return leases.map((lease): Answer => {
      const mine = heldOf(lease);
      const kind = mine === undefined ? (ended.has(lease.sweepId) ? 'cancel' : 'lost') : mine.state !== 'running' ? 'cancel' : mine.yields ? 'yield' : 'continue';
      return { sweepId: lease.sweepId, seq: lease.seq, fence: lease.fence, kind };
    });
  };
}

/**
 * Beats in one statement; of each that counted, what its session holds.
 *
 * Sessions are locked in their order, as commits do. What a session holds is read before its row is waited for: nothing that an agent names was claimed
 * after it said so. A late heartbeat still proves life, but does not turn the progress back; of two of one session in a batch the later one counts.
 */
async function beatAll(db: Db, policy: Policy, reports: readonly Report[]): Promise<readonly (readonly HeldRow[] | 'session-lost')[]> {
  const { rows } = await sql<HeldRow | { readonly n: number; readonly sweep_id: null }>`
    WITH asked AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(${askedJson(reports)}::jsonb) AS a(n integer, session text, seq bigint, progress jsonb)),
    alive AS MATERIALIZED (
      SELECT id FROM session WHERE id IN (SELECT session FROM asked) AND ended_at IS NULL AND expires_at > now() ORDER BY id FOR NO KEY UPDATE),
    beat AS (
      UPDATE session SET expires_at = now() + ${policy.leaseTtlMs} * interval '1 ms', heartbeat_at = now(),
        progress = CASE WHEN a.seq > heartbeat_seq THEN a.progress ELSE session.progress END,
        heartbeat_seq = greatest(heartbeat_seq, a.seq)
      FROM alive JOIN (SELECT DISTINCT ON (session) * FROM asked ORDER BY session, seq DESC) a ON a.session = alive.id
      WHERE session.id = alive.id AND session.ended_at IS NULL AND session.expires_at > now() RETURNING session.id)
    SELECT a.n, h.* FROM asked a JOIN beat ON beat.id = a.session
    LEFT JOIN LATERAL (
      SELECT s.sweep_id, s.seq, s.fence, w.state, s.leased_at < now() - ${policy.leaseTtlMs} * interval '1 ms' AS stale, s.yield_fence IS NOT DISTINCT FROM s.fence AS yields
      FROM shard s JOIN sweep w ON w.id = s.sweep_id WHERE s.session = a.session AND s.state = 'leased' OFFSET 0) h ON true`.execute(db);
  const held = new Map<number, HeldRow[]>();
  for (const row of rows) {
    const own = held.get(row.n) ?? [];
    held.set(row.n, own);
    if (row.sweep_id !== null) own.push(row);
  }
  return reports.map((_, n) => held.get(n) ?? 'session-lost');
}

const askedJson = (reports: readonly Report[]): string => JSON.stringify(reports.map(({ session, seq, leases }, n) => ({
  n, session, seq: String(seq), progress: leases.map((lease) => ({
    sweep: lease.sweepId, seq: lease.seq, fence: String(lease.fence), done: lease.unitsDone, total: lease.unitsTotal, phase: lease.phase, fraction: lease.fraction, begun: lease.begunSeconds ?? 0,
  })),
})));

async function free(db: Db, session: string, shard: HeldRow): Promise<void> {
  await sql`
    UPDATE shard SET state = 'ready', session = NULL, lease_request = NULL
    WHERE sweep_id = ${shard.sweep_id} AND seq = ${shard.seq} AND fence = ${shard.fence} AND session = ${session} AND state = 'leased'`.execute(db);
}

/** A cancelled sweep has taken its leases already; its agents are told so rather than that somebody else has them. */
async function endedSweeps(db: Db, leases: readonly Progress[]): Promise<ReadonlySet<string>> {
  const ids = [...new Set(leases.map((lease) => lease.sweepId))];
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`SELECT id FROM sweep WHERE id = ANY (${ids}::text[]) AND state <> 'running'`.execute(db);
  return new Set(rows.map(({ id }) => id));
}
