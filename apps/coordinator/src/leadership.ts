import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface LeadershipOptions {
  /** One try to take the role up or to keep it: the term, or nothing where another has it. */
  readonly lead: () => Promise<bigint | undefined>;
  readonly resign: () => Promise<void>;
  /** How long a term lasts without being renewed, by the database's clock. */
  readonly ttlMs: number;
  readonly everyMs: number;
  /** Milliseconds of a clock that only moves forward. */
  readonly now: () => number;
  /** A term has begun here. */
  readonly onTerm: () => void;
  readonly log: Logger;
}

export interface Leadership {
  /** Whether this process may act in the role at this moment. */
  readonly leads: () => boolean;
  /** Tries until `signal` aborts, then gives the role up. A try that fails is followed by the next. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/**
 * A role that one of several coordinators has at a time.
 *
 * A term is trusted from before its renewal was sent, so it ends here no later than in the database, whatever the network
 * does. A process that stood still finds out when it asks.
 */
export function createLeadership({ lead, resign, ttlMs, everyMs, now, onTerm, log }: LeadershipOptions): Leadership {
  let trustedUntil = -Infinity;
  let term: bigint | undefined;
  const attempt = async (): Promise<void> => {
    const sentAt = now();
    try {
      const given = await lead();
      trustedUntil = given === undefined ? -Infinity : sentAt + ttlMs;
      if (given !== undefined && given !== term) {
        log.info({ term: String(given) }, 'leads: shows the gauges of the queue');
        onTerm();
      }
      term = given;
    } catch (error) {
      log.warn({ err: error }, 'could not ask who leads; trying again');
    }
  };
  return {
    leads: () => now() < trustedUntil,
    run: async (signal) => {
      while (!signal.aborted) {
        await attempt();
        await sleep(everyMs, undefined, { signal }).catch(() => {}); // only an abort ends a sleep early, and the loop sees it
      }
      trustedUntil = -Infinity;
      await resign().catch((error: unknown) => log.warn({ err: error }, 'could not give the lead up; it ends by itself'));
    },
  };
}
