/**
 * Lets calls with the same key share a run of `work` that begins after they were made: one runs, and all that come meanwhile
 * share the next.
 */
export function coalesce(work: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  const next = new Map<string, Promise<void>>();
  const start = (key: string): Promise<void> => {
    const run = work(key).finally(() => running.delete(key));
    running.set(key, run);
    return run;
  };
  return (key) => {
    const waiting = next.get(key);
    if (waiting !== undefined) return waiting;
    const now = running.get(key);
    if (now === undefined) return start(key);
    const after = now.catch(() => {}).then(() => {
      next.delete(key);
      return start(key);
    });
    next.set(key, after);
    return after;
  };
}
