import { createHash } from 'node:crypto';
import { contentKey, expandLot, expandLots, type LotSpec, type SweepPlan } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import { errors } from '../errors.js';
import type { Db, Tx } from './database.js';
import { insertShards } from './expand.js';
import { assertOutputFree } from './output-hold.js';

interface Submission { readonly idempotencyKey: string; readonly planJson: string; readonly plan: SweepPlan; readonly traceParent?: string }

/** More than this is a mistake in a spec: at 40 s a shard it is two and a half years of one GPU. */
export const maxShards = 2_000_000;

/**
 * Creates a sweep with its lots, of which shards are made when they are needed, or finds the one that this key made; all of it or nothing.
 *
 * A new one is refused (COORDINATOR_NO_AGENT_HAS) where agents live and none of them has all plugins that it needs; with no
 * agent alive it waits for one that has.
 */
export async function submit(db: Db, windowShards: number, { idempotencyKey, planJson, plan, traceParent = '' }: Submission): Promise<{ sweepId: string; existed: boolean }> {
  const sweepId = sweepIdOf(idempotencyKey);
  const hash = contentKey(plan);
  const lots = lotsOf(plan);
  const publish = lots.at(-1)!;
  const existed = await db.transaction().execute(async (tx) => {
    const { numAffectedRows } = await sql`
      INSERT INTO sweep (id, idempotency_key, name, output, plan, plan_hash, publish_seq, plugins, trace_parent)
      VALUES (${sweepId}, ${idempotencyKey}, ${plan.spec.name}, ${plan.spec.output}, ${planJson}, ${hash}, ${publish.seq}, ${[...(plan.plugins ?? [])]}::text[], ${traceParent})
      ON CONFLICT DO NOTHING`.execute(tx);
    if (numAffectedRows === 1n) await assertOutputFree(tx, plan.spec.output);
    if (numAffectedRows !== 1n) {
      await checkSame(tx, { sweepId, idempotencyKey, hash });
      return true;
    }
    await checkPlugins(tx, plan.plugins ?? []);
    await insertShards(tx, sweepId, [...expandLot(plan, publish, 0, 1)], 'waiting');
    const [first] = lots;
    if (publish.seq > windowShards) await insertLots(tx, sweepId, lots.slice(0, -1));
    else for (const lot of lots.slice(0, -1)) await insertShards(tx, sweepId, [...expandLot(plan, lot, 0, lot.shards)], lot.stage === first?.stage ? 'ready' : 'waiting');
    return false;
  });
  return { sweepId, existed };
}

/** Short enough to type, and the same for the same key on every coordinator. */
export const sweepIdOf = (idempotencyKey: string): string => `sw-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 10)}`;

function lotsOf(plan: SweepPlan): readonly LotSpec[] {
  const lots: LotSpec[] = [];
  for (const lot of expandLots(plan)) {
    if (lot.seq + lot.shards > maxShards + 1) throw errors.planTooLarge({ limit: maxShards }); // `publish` does not count
    lots.push(lot);
  }
  return lots;
}

async function checkSame(tx: Tx, { sweepId, idempotencyKey, hash }: { readonly sweepId: string; readonly idempotencyKey: string; readonly hash: string }): Promise<void> {
  const { rows: [row] } = await sql<{ idempotency_key: string; plan_hash: string }>`SELECT idempotency_key, plan_hash FROM sweep WHERE id = ${sweepId}`.execute(tx);
  if (row?.idempotency_key !== idempotencyKey || row.plan_hash !== hash) throw errors.sweepKeyTaken({ idempotencyKey, sweepId });
}

/** Refuses what no agent could work on: better said now than found in a week. */
async function checkPlugins(tx: Tx, needed: readonly string[]): Promise<void> {
  const { rows: agents } = await sql<{ agent_id: string; missing: readonly string[] }>`
    SELECT agent_id, ARRAY(SELECT unnest(${[...needed]}::text[]) EXCEPT SELECT unnest(plugins) ORDER BY 1) AS missing
    FROM session WHERE ended_at IS NULL AND expires_at > now() ORDER BY agent_id`.execute(tx);
  const [nearest] = agents.toSorted((a, b) => a.missing.length - b.missing.length);
  if (nearest === undefined || nearest.missing.length === 0) return;
  throw errors.noAgentHas({ missing: nearest.missing, agents: agents.length });
}

async function insertLots(tx: Tx, sweepId: string, lots: readonly LotSpec[]): Promise<void> {
  await sql`
    INSERT INTO lot (sweep_id, seq, stage, layer, view, shards, units_left, cost_left)
    SELECT ${sweepId}, seq, stage, layer, view, shards, units, cost
    FROM jsonb_to_recordset(${JSON.stringify(lots)}::jsonb)
      AS l(seq integer, stage text, layer text, view integer, shards integer, units double precision, cost double precision)`.execute(tx);
}
