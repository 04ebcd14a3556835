import type { AtlasErrorJson } from '@neuron-atlas/errors';
import { sql } from 'kysely';
import { afterFailure } from './after-failure.js';
import type { Db } from './database.js';
import type { Claim, FailureClass, Policy } from './store.js';

interface Failure { readonly session: string; readonly claim: Claim; readonly failureClass: FailureClass; readonly error: AtlasErrorJson }

/** Gives a shard back with the reason: it waits a while and is tried again, or is quarantined. */
export async function fail(db: Db, policy: Policy, { session, claim, failureClass, error }: Failure): Promise<'will-retry' | 'quarantined' | 'fenced'> {
  const { sweepId, seq, fence } = claim;
  return db.transaction().execute(async (tx) => {
    const { rows: [agent] } = await sql<{ agent_id: string; node: string }>`
      UPDATE session SET shards_failed = shards_failed + 1
      WHERE id = ${session} AND ended_at IS NULL AND expires_at > now()
        AND EXISTS (SELECT 1 FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq} AND fence = ${fence} AND session = ${session} AND state = 'leased')
      RETURNING agent_id, node`.execute(tx);
    if (agent === undefined) return 'fenced';
    const { rows: [shard] } = await sql<{ failures: number; faults: number }>`
      SELECT failures, faults FROM shard
      WHERE sweep_id = ${sweepId} AND seq = ${seq} AND fence = ${fence} AND session = ${session} AND state = 'leased' FOR UPDATE`.execute(tx);
    if (shard === undefined) return 'fenced';
    const then = afterFailure(policy, shard, failureClass);
    const json = JSON.stringify(error);
    await sql`
      UPDATE shard SET state = ${then.state}, session = NULL, lease_request = NULL, failures = ${then.failures}, faults = ${then.faults},
        not_before = now() + ${then.backoffMs} * interval '1 ms', error = ${json}::jsonb
      WHERE sweep_id = ${sweepId} AND seq = ${seq} AND fence = ${fence}`.execute(tx);
    await sql`
      INSERT INTO shard_failure (sweep_id, seq, fence, class, agent_id, node, error)
      VALUES (${sweepId}, ${seq}, ${fence}, ${failureClass}, ${agent.agent_id}, ${agent.node}, ${json}::jsonb)`.execute(tx);
    return then.state === 'ready' ? 'will-retry' : 'quarantined';
  });
}
