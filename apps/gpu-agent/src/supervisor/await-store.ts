import { setTimeout as sleep } from 'node:timers/promises';
import { describe, isAtlasError } from '@neuron-atlas/errors';
import type { Logger } from 'pino';
import { backoffMs } from './backoff.js';
import type { Timing } from './timing.js';

/**
 * Does what needs the store, and does it again while the store cannot be reached, with growing pauses.
 *
 * The lease is kept meanwhile: others would fare no better, and a shard that is handed round spends its tries. After
 * `storePatienceMs` it is this machine's network perhaps: the error is thrown, and the shard goes to somebody else.
 * `passes` says of any other error, the n-th, whether it may pass too.
 */
export async function awaitStore<T>(
  act: () => Promise<T>,
  { log, timing, random }: { readonly log: Logger; readonly timing: Timing; readonly random: () => number },
  signal: AbortSignal,
  passes: (error: unknown, n: number) => boolean = () => false,
): Promise<T> {
  // From the first time that it was away: what was done before, a shard's whole work perhaps, is no time of waiting.
  let awaySince: number | undefined;
  let others = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      signal.throwIfAborted();
      const away = isAtlasError(error) && error.code === 'BLOBS_UNREACHABLE';
      if (away) awaySince ??= performance.now();
      if (!(away ? performance.now() - awaySince! < timing.storePatienceMs : passes(error, ++others))) throw error;
      const waitMs = backoffMs(attempt, timing.backoffBaseMs, timing.backoffMaxMs, random);
      log.warn({ attempt, error: describe(error), waitMs: Math.round(waitMs) }, away ? 'the store cannot be reached, waiting for it' : 'the store failed, trying again');
      await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
