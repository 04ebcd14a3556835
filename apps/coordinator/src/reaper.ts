import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Store } from './store/store.js';

/** Frees the leases of agents that have gone, and asks for those that others could begin with at once, every `everyMs`, until `signal` aborts. A round that fails is followed by the next. */
export async function runReaper(store: Pick<Store, 'reap' | 'askToYield'>, everyMs: number, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await store.reap();
      await store.askToYield();
    } catch (error) {
      log.warn({ err: error }, 'could not look for ended leases, or for what agents without work could do; trying again');
    }
    await sleep(everyMs, undefined, { signal }).catch(() => {}); // only an abort ends a sleep early, and the loop sees it
  }
}
