import { AtlasError } from '@neuron-atlas/errors';
import { sql } from 'kysely';
import { createStore } from '../store/create-store.js';
import type { Db } from '../store/database.js';
import { defaultPolicy, type Claim, type LeasedShard, type Policy, type Store } from '../store/store.js';
import { objectOf, planOf } from './plan.js';

/** A store on a database with the moves that tests make, each in one line. */
export interface World {
  readonly db: Db;
  readonly store: Store;
  submit(layers?: number, key?: string): Promise<string>;
  /** Registers an agent as a new process; gives its session. */
  agent(agentId: string, node?: string): Promise<string>;
  lease(session: string, max?: number): Promise<readonly LeasedShard[]>;
  /** The one shard that is there to lease, or a failed test. */
  leaseOne(session: string): Promise<LeasedShard>;
  complete(session: string, claim: Claim, content?: string): ReturnType<Store['complete']>;
  /** Moves the end of a session into the past by the database's clock, instead of waiting for it. */
  expire(session: string): Promise<void>;
  /** seq, state and fence of each shard. */
  shards(sweepId: string): Promise<readonly { readonly seq: number; readonly state: string; readonly fence: bigint; readonly session: string | null }[]>;
  /** Every row of every table that says what counts, to compare before and after. */
  facts(): Promise<unknown>;
}

export const boom = new AtlasError({ code: 'ENGINE_DIED', message: 'the engine died', help: 'look', grpc: 'INTERNAL', details: {} }).toJSON();

export function worldOf(db: Db, policy: Partial<Policy> = {}): World {
  const store = createStore(db, { ...defaultPolicy, viewMs: 0, gatherMs: 0, ...policy });
  let requests = 0;
  let processes = 0;
  const lease = async (session: string, max = 1): Promise<readonly LeasedShard[]> => {
    const leases = await store.acquire({ session, requestId: `request-${requests++}`, max });
    if (leases === 'session-lost') throw new Error('the session is lost');
    return leases;
  };
  return {
    db, store, lease,
    submit: async (layers = 3, key = 'key') => {
      const plan = planOf({ layers });
      return (await store.submit({ idempotencyKey: key, planJson: JSON.stringify(plan), plan })).sweepId;
    },
    agent: async (agentId, node = 'here') => (await store.register({ agentId, incarnation: `process-${processes++}`, node, provider: 'cpu', device: 'a CPU', version: '0', plugins: [] })).session,
    leaseOne: async (session) => {
      const [first] = await lease(session);
      if (first === undefined) throw new Error('nothing is ready');
      return first;
    },
    complete: (session, claim, content) => store.complete({ session, claim, manifest: { objects: [objectOf(claim, content)], statsJson: '{}' } }),
    expire: async (session) => { await sql`UPDATE session SET expires_at = now() - interval '1 ms' WHERE id = ${session}`.execute(db); },
    shards: async (sweepId) => (await sql<{ seq: number; state: string; fence: bigint; session: string | null }>`
      SELECT seq, state, fence, session FROM shard WHERE sweep_id = ${sweepId} ORDER BY seq`.execute(db)).rows,
    facts: async () => {
      const tables = ['sweep', 'shard', 'object', 'shard_failure'];
      return Promise.all(tables.map(async (table) => (await sql<{ row: unknown }>`SELECT to_jsonb(t) AS row FROM ${sql.id(table)} t ORDER BY to_jsonb(t)::text`.execute(db)).rows));
    },
  };
}
