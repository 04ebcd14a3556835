import { setTimeout as pause } from 'node:timers/promises';
import { median } from './median.js';

/**
 * Median milliseconds of a run: three blocks of timed runs, each after two warm-ups and a short sleep.
 *
 * One session is timed at a time: an idle session's spinning threads take a core from the other (reference: twice the time).
 */
export async function timeRuns(run: () => Promise<unknown>, runsPerBlock = 5): Promise<number> {
  const times: number[] = [];
  for (let block = 0; block < 3; block++) {
    await pause(30);
    await run();
    await run();
    for (let i = 0; i < runsPerBlock; i++) {
      const start = performance.now();
      await run();
      times.push(performance.now() - start);
    }
  }
  return median(times);
}
