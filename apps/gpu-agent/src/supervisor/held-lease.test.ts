import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeldLease } from './held-lease.js';

const lease = { shardId: 's1', sweepId: 'sweep-1', fence: 1n, taskJson: '', attempt: 1, traceParent: '', finished: [] };
let now = 0;

beforeEach(() => {
  now = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Timers run for so long, while the clock, which is not theirs, goes on by `clockMs`. */
function pass(timersMs: number, clockMs: number): void {
  now += clockMs;
  vi.advanceTimersByTime(timersMs);
}

describe('a held lease', () => {
  it('is stopped when its trust ends', () => {
    const held = new HeldLease(lease, 100);
    pass(99, 99);
    expect(held.signal.aborted).toBe(false);
    pass(10, 10);
    expect(held.signal.reason).toMatchObject({ reason: 'fenced' });
  });

  it('is stopped though its timer ran before the end by the clock, as the timers of a busy process do', () => {
    const held = new HeldLease(lease, 100);
    pass(105, 95);
    expect(held.signal.aborted).toBe(false);
    pass(10, 10);
    expect(held.signal.reason).toMatchObject({ reason: 'fenced' });
  });

  it('goes on when it was trusted for longer meanwhile, and no longer than that', () => {
    const held = new HeldLease(lease, 100);
    pass(50, 50);
    held.trust(200);
    pass(100, 100);
    expect(held.signal.aborted).toBe(false);
    pass(60, 60);
    expect(held.signal.aborted).toBe(true);
  });

  it('is left alone once it is settled', () => {
    const held = new HeldLease(lease, 100);
    held.settle();
    pass(500, 500);
    expect(held.signal.aborted).toBe(false);
  });
});
