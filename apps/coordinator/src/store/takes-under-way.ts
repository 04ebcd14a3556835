/** Shards that a request was sent for, and that the database may not have given it yet. */
export interface Take { readonly lot: string; readonly count: number }

export interface TakesUnderWay {
  /** While `claim` runs, these are under way. */
  during<T>(takes: readonly Take[], claim: () => Promise<T>): Promise<T>;
  /** What `read` gives, with the takes that were under way at any time meanwhile: it may have seen them, or not. */
  beside<T>(read: () => Promise<T>): Promise<{ readonly found: T; readonly takes: readonly Take[] }>;
}

/**
 * Keeps those who ask right after a reading from being sent for what others are just taking: at the end of a lot, many would find nothing.
 *
 * A take that the reading has seen counts twice; the next one knows better.
 */
export function takesUnderWay(): TakesUnderWay {
  const running = new Set<Take>();
  const readings = new Set<Set<Take>>();
  return {
    during: async (takes, claim) => {
      for (const take of takes) for (const each of [running, ...readings]) each.add(take);
      try {
        return await claim();
      } finally {
        for (const take of takes) running.delete(take);
      }
    },
    beside: async (read) => {
      const meanwhile = new Set(running);
      readings.add(meanwhile);
      try {
        return { found: await read(), takes: [...meanwhile] };
      } finally {
        readings.delete(meanwhile);
      }
    },
  };
}
