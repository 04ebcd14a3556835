/** What is opened with a number of threads, and timed. */
export interface Trial<T extends AsyncDisposable> {
  /** The most threads that a run may take. */
  readonly most: number;
  readonly open: (threads: number) => Promise<T>;
  /** Milliseconds of a piece of work. */
  readonly time: (opened: T) => Promise<number>;
}

/** Fewer threads must be so much faster than more: what a busy moment adds is no reason to leave cores idle. */
const margin = 0.9;
const pieces = 3;

/** What may be tried: all threads, half of them and a quarter, fewest first. */
export const threadCounts = (most: number): readonly number[] => [...new Set([4, 2, 1].map((part) => Math.max(1, Math.ceil(most / part))))];

/**
 * Opens with each number of threads in turn, times three pieces of work behind one that allocates, and gives the fastest, open.
 *
 * One is open at a time: a session of a large layer may take half the memory. All threads come last, so that in the usual
 * case nothing is opened twice.
 */
export async function fastestThreads<T extends AsyncDisposable>({ most, open, time }: Trial<T>): Promise<{ readonly opened: T; readonly threads: number }> {
  let best: { readonly threads: number; readonly ms: number } | undefined;
  for (const threads of threadCounts(most)) {
    const opened = await open(threads);
    try {
      await time(opened);
      let ms = Infinity;
      for (let piece = 0; piece < pieces; piece++) ms = Math.min(ms, await time(opened));
      if (best === undefined || best.ms > ms * margin) best = { threads, ms };
      if (threads === most && best.threads === most) return { opened, threads };
    } catch (cause) {
      await opened[Symbol.asyncDispose]();
      throw cause;
    }
    await opened[Symbol.asyncDispose]();
  }
  return { opened: await open(best!.threads), threads: best!.threads };
}
