import { errors } from '../errors.js';
import { parseShardId } from '../store/shard-id.js';
import type { Claim } from '../store/store.js';

/** A text of 1 to `max` printable characters, or COORDINATOR_BAD_REQUEST with the name of its field. */
export function text(field: string, value: string, max = 200): string {
  if (value === '') throw errors.badRequest({ field, reason: 'it is empty' });
  return words(field, value, max);
}

/** The same, but it may be empty. */
export function words(field: string, value: string, max = 200): string {
  if (value.length > max) throw errors.badRequest({ field, reason: `it has ${value.length} characters; at most ${max} are taken` });
  if (/\p{Cc}/u.test(value)) throw errors.badRequest({ field, reason: 'it has control characters' });
  return value;
}

export function claim(given: { readonly shardId: string; readonly fence: bigint }): Claim {
  if (given.fence < 1n) throw errors.badRequest({ field: 'fence', reason: `${given.fence} is not a fence: they count from 1` });
  return { ...parseShardId(given.shardId), fence: given.fence };
}

export function sweepId(value: string): string {
  if (!/^sw-[0-9a-f]{10}$/.test(value)) throw errors.badRequest({ field: 'sweep_id', reason: `${value.slice(0, 100)} is not a sweep's id, such as sw-0123456789` });
  return value;
}
