/**
 * Wait before try `attempt` (from 1): doubling from `baseMs` to `maxMs`, the upper half of it random.
 *
 * The jitter keeps agents that lost the same coordinator from coming back at once.
 */
export function backoffMs(attempt: number, baseMs: number, maxMs: number, random: () => number): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + (ceiling / 2) * random();
}
