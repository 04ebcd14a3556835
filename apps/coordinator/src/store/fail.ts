import type { AtlasErrorJson } from '@neuron-atlas/errors';
import type { Stage } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import { afterFailureOf, healthy, type Health } from '../schedule/set-aside.js';
import { afterFailure, ownFailures, type Failed } from './after-failure.js';
import { batchOf, bisect, middle } from './bisect.js';
import { chargeFailed } from './charge.js';
import type { Db, Tx } from './database.js';
import { shardId } from './shard-id.js';
import type { Claim, FailureClass, Policy } from './store.js';

interface Failure { readonly session: string; readonly claim: Claim; readonly failureClass: FailureClass; readonly error: AtlasErrorJson }

interface Row {
  readonly failures: number; readonly faults: number; readonly stage: Stage; readonly view: number;
  readonly unit_start: number; readonly unit_end: number; readonly origin: number;
}

/**
 * Gives a shard back with the reason: it waits a while and is tried again, is cut in two, or is quarantined.
 *
 * Locks go session, sweep, shard: whoever stops or retries the sweep has the sweep first, then its shards.
 */
export async function fail(db: Db, policy: Policy, { session, claim, failureClass, error }: Failure): Promise<'will-retry' | 'bisected' | 'quarantined' | 'fenced'> {
  const { sweepId, seq, fence } = claim;
  return db.transaction().execute(async (tx) => {
    const { rows: [agent] } = await sql<{ agent_id: string; node: string }>`
      UPDATE session SET shards_failed = shards_failed + 1
      WHERE id = ${session} AND ended_at IS NULL AND expires_at > now()
        AND EXISTS (SELECT 1 FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq} AND fence = ${fence} AND session = ${session} AND state = 'leased')
      RETURNING agent_id, node`.execute(tx);
    if (agent === undefined) return 'fenced';
    await sql`SELECT 1 FROM sweep WHERE id = ${sweepId} FOR NO KEY UPDATE`.execute(tx);
    const { rows: [shard] } = await sql<Row>`
      SELECT failures, faults, stage, view, unit_start, unit_end, coalesce(origin, seq) AS origin FROM shard
      WHERE sweep_id = ${sweepId} AND seq = ${seq} AND fence = ${fence} AND session = ${session} AND state = 'leased' FOR UPDATE`.execute(tx);
    if (shard === undefined) return 'fenced';
    const json = JSON.stringify(error);
    await chargeFailed(tx, { session, sweepId, seq });
    await sql`
      INSERT INTO shard_failure (sweep_id, seq, fence, class, agent_id, node, error)
      VALUES (${sweepId}, ${seq}, ${fence}, ${failureClass}, ${agent.agent_id}, ${agent.node}, ${json}::jsonb)`.execute(tx);
    const then = afterFailure(policy, await failed(tx, claim, shard), failureClass);
    await sql`
      UPDATE shard SET state = ${then.state === 'quarantined' ? 'quarantined' : 'ready'}, session = NULL, lease_request = NULL, finished = NULL,
        failed_nodes = array_append(array_remove(failed_nodes, ${agent.node}), ${agent.node}),
        failures = ${then.failures}, faults = ${then.faults}, not_before = now() + ${then.backoffMs} * interval '1 ms', error = ${json}::jsonb
      WHERE sweep_id = ${sweepId} AND seq = ${seq} AND fence = ${fence}`.execute(tx);
    await judge(tx, { agentId: agent.agent_id, shard: shardId({ sweepId, seq }), failureClass });
    if (then.state !== 'bisected') return then.state === 'ready' ? 'will-retry' : 'quarantined';
    const range = { sweepId, seq, stage: shard.stage, view: shard.view, unitStart: shard.unit_start, unitEnd: shard.unit_end };
    await bisect(tx, policy, range, middle(range, (await batchOf(tx, range)).units));
    return 'bisected';
  });
}

/** Whether it is the agent: then it is set aside. Its lock comes after the shard's; `complete` takes them in the same order. */
async function judge(tx: Tx, { agentId, shard, failureClass }: { readonly agentId: string; readonly shard: string; readonly failureClass: FailureClass }): Promise<void> {
  const { rows } = await sql<{ agent_id: string; failed: readonly string[] | null; asides: number | null; aside: boolean }>`
    SELECT s.agent_id, h.failed, h.asides, coalesce(h.until > now(), false) AS aside FROM session s LEFT JOIN agent_health h ON h.agent_id = s.agent_id
    WHERE s.ended_at IS NULL AND s.expires_at > now()`.execute(tx);
  const healthOf = ({ failed, asides }: (typeof rows)[number]): Health => ({ failed: failed ?? [], asides: asides ?? 0 });
  const own = rows.find((row) => row.agent_id === agentId);
  const others = rows.filter((row) => row.agent_id !== agentId && !row.aside).map(healthOf);
  const { failed, asides, asideMs } = afterFailureOf(own === undefined ? healthy : healthOf(own), shard, failureClass, others);
  if (failed.length === 0) return;
  await sql`
    INSERT INTO agent_health AS h (agent_id, failed, asides, until) VALUES (${agentId}, ${[...failed]}::text[], ${asides}, now() + ${asideMs} * interval '1 ms')
    ON CONFLICT (agent_id) DO UPDATE SET failed = excluded.failed, asides = excluded.asides, until = greatest(h.until, excluded.until), changed_at = now()`.execute(tx);
}

/** What is known of a shard whose last failure has just been written down: nodes count for it and for what it was cut from. */
async function failed(tx: Tx, { sweepId, seq }: Claim, { failures, faults, stage, unit_start, unit_end, origin }: Row): Promise<Failed> {
  const { rows: [counts] } = await sql<{ nodes: number; left: number; bad: number }>`
    WITH tried AS (
      SELECT DISTINCT node FROM shard_failure
      WHERE sweep_id = ${sweepId} AND seq IN (${seq}, ${origin}) AND class = ANY(${[...ownFailures]}::text[]))
    SELECT (SELECT count(*) FROM tried)::integer AS nodes,
      (SELECT count(DISTINCT a.node) FROM session a JOIN sweep w ON w.id = ${sweepId} AND w.plugins <@ a.plugins
        WHERE a.ended_at IS NULL AND a.expires_at > now() AND a.node NOT IN (SELECT node FROM tried))::integer AS left,
      (SELECT count(*) FROM shard WHERE sweep_id = ${sweepId} AND state = 'quarantined' AND coalesce(origin, seq) = ${origin})::integer AS bad`.execute(tx);
  return { failures, faults, stage, units: unit_end - unit_start, nodesFailed: counts!.nodes, nodesLeft: counts!.left, badPieces: counts!.bad };
}
