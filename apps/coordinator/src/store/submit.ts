import { createHash } from 'node:crypto';
import { contentKey, expandShards, type ShardSpec, type Stage, type SweepPlan } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import { errors } from '../errors.js';
import type { Db, Tx } from './database.js';

interface Submission { readonly idempotencyKey: string; readonly planJson: string; readonly plan: SweepPlan; readonly traceParent?: string }

/** More than this is a mistake in a spec: at 40 s a shard it is two and a half years of one GPU. */
export const maxShards = 2_000_000;

const page = 5000;

/**
 * Creates a sweep with its shards, or finds the one that this key made; all of it or nothing.
 *
 * A new one is refused (COORDINATOR_NO_AGENT_HAS) where agents live and none of them has all plugins that it needs; with no
 * agent alive it waits for one that has.
 */
export async function submit(db: Db, { idempotencyKey, planJson, plan, traceParent = '' }: Submission): Promise<{ sweepId: string; existed: boolean }> {
  const sweepId = sweepIdOf(idempotencyKey);
  const hash = contentKey(plan);
  const last = lastSeq(plan);
  const existed = await db.transaction().execute(async (tx) => {
    const { numAffectedRows } = await sql`
      INSERT INTO sweep (id, idempotency_key, name, output, plan, plan_hash, publish_seq, plugins, trace_parent)
      VALUES (${sweepId}, ${idempotencyKey}, ${plan.spec.name}, ${plan.spec.output}, ${planJson}, ${hash}, ${last}, ${[...(plan.plugins ?? [])]}::text[], ${traceParent})
      ON CONFLICT DO NOTHING`.execute(tx);
    if (numAffectedRows !== 1n) {
      await checkSame(tx, { sweepId, idempotencyKey, hash });
      return true;
    }
    await checkPlugins(tx, plan.plugins ?? []);
    const first = firstStage(plan);
    for (const shards of pages(plan)) await insert(tx, sweepId, shards, first);
    return false;
  });
  return { sweepId, existed };
}

/** Short enough to type, and the same for the same key on every coordinator. */
export const sweepIdOf = (idempotencyKey: string): string => `sw-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 10)}`;

function lastSeq(plan: SweepPlan): number {
  let last = 0;
  for (const shard of expandShards(plan)) {
    if (shard.seq > maxShards) throw errors.planTooLarge({ limit: maxShards });
    last = shard.seq;
  }
  return last;
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

function* pages(plan: SweepPlan): Generator<readonly ShardSpec[], void, undefined> {
  let shards: ShardSpec[] = [];
  for (const shard of expandShards(plan)) {
    shards.push(shard);
    if (shards.length < page) continue;
    yield shards;
    shards = [];
  }
  yield shards;
}

/** The stage that waits for no other; a `publish` that stands alone is readied by `settle`. */
function firstStage(plan: SweepPlan): Stage {
  for (const { stage } of expandShards(plan)) return stage;
  throw new Error('unreachable: every plan has a publish shard');
}

async function insert(tx: Tx, sweepId: string, shards: readonly ShardSpec[], first: Stage): Promise<void> {
  await sql`
    INSERT INTO shard (sweep_id, seq, stage, layer, unit_start, unit_end, view, cost, state)
    SELECT ${sweepId}, seq, stage, layer, "unitStart", "unitEnd", view, cost, CASE WHEN stage = ${first} AND stage <> 'publish' THEN 'ready' ELSE 'waiting' END
    FROM jsonb_to_recordset(${JSON.stringify(shards)}::jsonb)
      AS s(seq integer, stage text, layer text, "unitStart" integer, "unitEnd" integer, view integer, cost double precision)`.execute(tx);
}
