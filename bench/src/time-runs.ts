import { setTimeout as pause } from 'node:timers/promises';
import { median } from './median.js';

/** Median milliseconds of a run: three blocks of timed runs, each after two warm-ups and a short sleep. */
export async function timeRuns(run: () => Promise<unknown>, runsPerBlock = 5): Promise<number> {
  return (await timeInTurn([run], runsPerBlock))[0]!;
}

/**
 * The same of several, a block of each in turn: what slows the machine for a second or two slows all of them, and their ratio stays.
 *
 * The sleep before a block is long enough for the threads of the session before it to stop spinning, which would take a core
 * from this one (reference: twice the time).
 */
export async function timeInTurn(all: readonly (() => Promise<unknown>)[], runsPerBlock = 5): Promise<number[]> {
  const times = all.map((): number[] => []);
  for (let block = 0; block < 3; block++) {
    for (const [i, run] of all.entries()) {
      await pause(30);
      await run();
      await run();
      for (let k = 0; k < runsPerBlock; k++) {
        const start = performance.now();
        await run();
        times[i]!.push(performance.now() - start);
      }
    }
  }
  return times.map(median);
}
