import { contentKey } from '@neuron-atlas/spec';
import { sql } from 'kysely';
import { errors } from '../errors.js';
import { sqlState, uniqueViolation } from './database-error.js';
import type { Db } from './database.js';
import { shardId } from './shard-id.js';
import type { Commit, CommitOutcome } from './store.js';

/** `last`: its sweep may have nothing left to hand out, and is to be looked at. */
export interface Committed { readonly result: CommitOutcome; readonly last: boolean }

/** What came of a commit's statement (take-turns.ts). */
export type Won = 'won' | 'won-last' | 'lost';

/** A commit as its statement takes it. */
export interface HashedCommit extends Commit {
  /** Of what was written, not of how long it took: a repeated report may have other statistics. */
  readonly hash: string;
  readonly objects: readonly object[];
  /** What the agent says that it took; null where it says nothing that could be so. */
  readonly seconds: number | null;
}

export function hashed(commit: Commit): HashedCommit {
  const objects = commit.manifest.objects
    .map((object) => ({ ...object, bytes: String(object.bytes), rows: String(object.rows) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const { seconds } = (JSON.parse(commit.manifest.statsJson) ?? {}) as { readonly seconds?: unknown };
  return { ...commit, objects, hash: contentKey(objects), seconds: typeof seconds === 'number' && seconds >= 0 ? seconds : null };
}

interface Row { readonly state: string; readonly fence: bigint; readonly manifest_hash: string | null }

/**
 * What a commit has come to. One that did not win now may have won before: said again it is `already-committed`, whoever says it; with
 * another manifest under the same fence it is COORDINATOR_MANIFEST_MISMATCH. Everything else is `fenced` and has changed nothing.
 */
export async function outcomeOf(db: Db, { claim, hash }: HashedCommit, won: Won): Promise<Committed> {
  if (won !== 'lost') return { result: 'committed', last: won === 'won-last' };
  const { sweepId, seq, fence } = claim;
  const { rows: [shard] } = await sql<Row>`SELECT state, fence, manifest_hash FROM shard WHERE sweep_id = ${sweepId} AND seq = ${seq}`.execute(db);
  if (shard?.state !== 'done' || shard.fence !== fence) return { result: 'fenced', last: false };
  if (shard.manifest_hash !== hash) throw errors.manifestMismatch({ shardId: shardId(claim), fence: String(fence) });
  return { result: 'already-committed', last: false };
}

/** Why a commit's statement failed, as its agent is told. */
export const commitError = (error: unknown, { claim }: Commit): unknown => (sqlState(error) !== uniqueViolation ? error
  : errors.objectKeyTaken({ shardId: shardId(claim), reason: (error as Error & { detail?: string }).detail ?? '' }, error));
