/** Wakes calls that wait for work. A hint: whoever waits must look for himself, and again after a while. */
export interface WorkSignal {
  /** Rises with every notify. */
  version(): number;
  notify(): void;
  /** Resolves when `version` has risen above `seen`, or after `ms`, or when `signal` aborts. */
  after(seen: number, ms: number, signal: AbortSignal): Promise<void>;
}

export function createWorkSignal(): WorkSignal {
  let version = 0;
  const waiting = new Set<() => void>();
  return {
    version: () => version,
    notify: () => {
      version++;
      for (const wake of [...waiting]) wake();
    },
    after: (seen, ms, signal) => new Promise((resolve) => {
      if (version > seen || signal.aborted) return resolve();
      const wake = (): void => {
        waiting.delete(wake);
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      waiting.add(wake);
      signal.addEventListener('abort', wake);
    }),
  };
}
