import { errors } from '../errors.js';
import type { ShardRef } from './store.js';

/** `sw-0123456789/42`: a shard's name outside the database. */
export const shardId = ({ sweepId, seq }: ShardRef): string => `${sweepId}/${seq}`;

/** Errors: COORDINATOR_BAD_REQUEST. */
export function parseShardId(text: string): ShardRef {
  const [, sweepId, seq] = /^(sw-[0-9a-f]{10})\/(0|[1-9]\d{0,8})$/.exec(text) ?? [];
  if (sweepId === undefined || seq === undefined) throw errors.badRequest({ field: 'shard_id', reason: `${text.slice(0, 100)} is not a shard's id, such as sw-0123456789/42` });
  return { sweepId, seq: Number(seq) };
}
