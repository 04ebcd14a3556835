import { describe, expect, it, vi } from 'vitest';
import { batched } from './batched.js';

/** Batches of numbers, doubled when they are let go; a 13 makes its batch fail. */
function world(lanes = 1, most = 4, gatherMs = 0, alwaysGather = true) {
  const batches: (readonly number[])[] = [];
  const gates: (() => void)[] = [];
  let open = false;
  const double = batched(async (calls: readonly number[]) => {
    batches.push(calls);
    if (!open) await new Promise<void>((resolve) => { gates.push(resolve); });
    if (calls.includes(13)) throw new Error(`failed with ${calls.join()}`);
    return calls.map((call) => 2 * call);
  }, { lanes, most, gatherMs, alwaysGather });
  return { batches, double, letGo: () => { open = true; for (const gate of gates.splice(0)) gate(); } };
}

describe('batched', () => {
  it('runs a call that comes alone at once', async () => {
    const { batches, double, letGo } = world();
    const answer = double(1);
    expect(batches).toEqual([[1]]);
    letGo();
    expect(await answer).toBe(2);
  });

  it('makes those that come meanwhile the next batch, and answers each with its own', async () => {
    const { batches, double, letGo } = world();
    const answers = [1, 2, 3, 4, 5, 6, 7].map(double);
    letGo();
    expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(batches).toEqual([[1], [2, 3, 4, 5], [6, 7]]);
  });

  it('has as many batches under way as it has lanes', () => {
    const { batches, double } = world(2);
    for (const n of [1, 2, 3]) void double(n);
    expect(batches).toEqual([[1], [2]]);
  });

  it('runs the calls of a batch that failed one by one, so that none fails for another', async () => {
    const { batches, double, letGo } = world();
    const answers = Promise.allSettled([1, 2, 13, 4].map(double));
    letGo();
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(batches).toEqual([[1], [2, 13, 4], [2], [13], [4]]);
  });

  it('gathers calls for a while where it is told to, and no longer once a batch is full', async () => {
    vi.useFakeTimers();
    try {
      const { batches, double, letGo } = world(2, 3, 50);
      letGo();
      const few = [double(1), double(2)];
      await vi.advanceTimersByTimeAsync(49);
      expect(batches).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(await Promise.all(few)).toEqual([2, 4]);
      const many = [3, 4, 5].map(double);
      expect(await Promise.all(many)).toEqual([6, 8, 10]);
      expect(batches).toEqual([[1, 2], [3, 4, 5]]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not keep who comes alone waiting, and gathers once calls come together', async () => {
    vi.useFakeTimers();
    try {
      const { batches, double, letGo } = world(1, 4, 50, false);
      const few = [1, 2, 3].map(double);
      expect(batches).toEqual([[1]]);
      letGo();
      await Promise.all(few);
      expect(batches).toEqual([[1], [2, 3]]);
      const next = double(4); // two came together
      await vi.advanceTimersByTimeAsync(49);
      expect(batches).toHaveLength(2);
      await vi.advanceTimersByTimeAsync(1);
      expect(await next).toBe(8);
      void double(5); // the last came alone
      expect(batches).toEqual([[1], [2, 3], [4], [5]]);
    } finally {
      vi.useRealTimers();
    }
  });
});
