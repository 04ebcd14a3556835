import type { Stage } from '@neuron-atlas/spec';
import type { FailureClass, Policy } from './store.js';

export interface Counts { readonly failures: number; readonly faults: number }

/** A shard that has just failed once more. */
export interface Failed extends Counts {
  readonly stage: Stage;
  /** That it covers. */
  readonly units: number;
  /** Different nodes on which it failed for its own sake, this one included. */
  readonly nodesFailed: number;
  /** Nodes with a living agent on which it has not. */
  readonly nodesLeft: number;
  /** Of what was one shard with it: given up already. */
  readonly badPieces: number;
}

export type AfterFailure = Counts & { readonly state: 'ready' | 'quarantined' | 'bisected'; readonly backoffMs: number };

/** Whose fault a failure is: the shard's own, the world's, or the spec's, which no further try can mend. */
const blame = {
  POISON: 'shard',
  OUT_OF_MEMORY: 'shard',
  UNSPECIFIED: 'shard',
  TRANSIENT: 'world',
  INFRA: 'world',
  BAD_INPUT: 'spec',
} as const satisfies Record<FailureClass, 'shard' | 'world' | 'spec'>;

/** Classes that count as a shard's own failures. */
export const ownFailures = (Object.keys(blame) as FailureClass[]).filter((failureClass) => blame[failureClass] === 'shard');

/** Stages whose results are a unit's alone, whichever others share its shard. */
const divisible: ReadonlySet<Stage> = new Set(['merge', 'projections', 'synthesis', 'quality']);

/** The longest wait between two tries of a shard. */
const maxBackoffMs = 60_000;

/**
 * A shard after one more failure: tried again after 1, 2, 4, … seconds, until its budget for this kind is spent.
 *
 * One node is not believed alone: while another lives that has not tried, a shard gets up to twice its budget. Then it is
 * bisected where it can be, so that a bad unit does not cost the others: a half has one try before it is bisected in turn, a
 * unit alone its whole budget. Where several units of what was one shard have proved bad, no more are looked for.
 */
export function afterFailure(policy: Policy, before: Failed, failureClass: FailureClass): AfterFailure {
  const kind = blame[failureClass];
  const failures = before.failures + (kind === 'world' ? 0 : 1);
  const faults = before.faults + (kind === 'world' ? 1 : 0);
  const backoffMs = Math.min(maxBackoffMs, 1000 * 2 ** ((kind === 'world' ? faults : failures) - 1));
  const then = (state: 'ready' | 'quarantined'): AfterFailure => ({ failures, faults, state, backoffMs });
  if (kind === 'spec' || faults >= policy.faultBudget) return then('quarantined');
  if (failures < policy.failureBudget) return then('ready');
  if (before.nodesFailed < 2 && before.nodesLeft > 0 && failures < 2 * policy.failureBudget) return then('ready');
  if (before.units < 2 || failureClass === 'OUT_OF_MEMORY' || !divisible.has(before.stage) || before.badPieces >= policy.badPieces) return then('quarantined');
  return { failures, faults, state: 'bisected', backoffMs: 0 };
}

/** What a piece of a bisected shard begins with. */
export const failuresOfPiece = (policy: Policy, units: number): number => (units === 1 ? 0 : policy.failureBudget - 1);
