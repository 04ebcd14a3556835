import type { FailureClass, Policy } from './store.js';

export interface Counts { readonly failures: number; readonly faults: number }

/** Whose fault a failure is: the shard's own, the world's, or the spec's, which no further try can mend. */
const blame = {
  POISON: 'shard',
  OUT_OF_MEMORY: 'shard',
  UNSPECIFIED: 'shard',
  TRANSIENT: 'world',
  INFRA: 'world',
  BAD_INPUT: 'spec',
} as const satisfies Record<FailureClass, 'shard' | 'world' | 'spec'>;

/** The longest wait between two tries of a shard. */
const maxBackoffMs = 60_000;

/** A shard after one more failure: tried again after 1, 2, 4, … seconds, until its budget for this kind is spent. */
export function afterFailure(policy: Policy, before: Counts, failureClass: FailureClass): Counts & { readonly state: 'ready' | 'quarantined'; readonly backoffMs: number } {
  const kind = blame[failureClass];
  const failures = before.failures + (kind === 'world' ? 0 : 1);
  const faults = before.faults + (kind === 'world' ? 1 : 0);
  const spent = kind === 'spec' || failures >= policy.failureBudget || faults >= policy.faultBudget;
  const tries = kind === 'world' ? faults : failures;
  return { failures, faults, state: spent ? 'quarantined' : 'ready', backoffMs: Math.min(maxBackoffMs, 1000 * 2 ** (tries - 1)) };
}
