import type { FailureClass } from '../store/store.js';

/** What an agent has to answer for since its last success. */
export interface Health {
  /** Different shards that failed on it in a row, at most as many as count. */
  readonly failed: readonly string[];
  /** How often it was set aside since. */
  readonly asides: number;
}

export const healthy: Health = { failed: [], asides: 0 };

/** So many different shards failed in a row, nothing between: it is the agent. */
const mostFailed = 3;

const firstAsideMs = 60_000;
const longestAsideMs = 3_600_000;

/** What may lie in the agent or its machine. A wrong spec and a store that is away meet every agent alike. */
const own = {
  POISON: true, OUT_OF_MEMORY: true, INFRA: true, UNSPECIFIED: true, TRANSIENT: false, BAD_INPUT: false,
} as const satisfies Record<FailureClass, boolean>;

/**
 * An agent's health after a failure, and for how long it gets no more work, in milliseconds; 0: it goes on.
 *
 * Only where others work: if all fail, it is the sweep. Set aside, it is given one shard when its time is over; failing that too,
 * it is set aside for twice as long, an hour at most. A success clears it.
 */
export function afterFailureOf(health: Health, shard: string, failureClass: FailureClass, others: readonly Health[]): Health & { readonly asideMs: number } {
  if (!own[failureClass]) return { ...health, asideMs: 0 };
  const failed = [...new Set([...health.failed, shard])].slice(-mostFailed);
  const othersWork = others.some((other) => other.failed.length === 0);
  // After a first time aside every failure counts: its row is full, or the same shard came again.
  if (!othersWork || (failed.length < mostFailed && health.asides === 0)) return { failed, asides: health.asides, asideMs: 0 };
  return { failed, asides: health.asides + 1, asideMs: Math.min(longestAsideMs, firstAsideMs * 2 ** health.asides) };
}
