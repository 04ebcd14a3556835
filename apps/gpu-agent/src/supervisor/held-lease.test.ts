import { describe, expect, it } from 'vitest';
import { fakeClock } from './fake-clock.fixture.js';
import { HeldLease } from './held-lease.js';

const lease = { shardId: 's1', sweepId: 'sweep-1', fence: 1n, taskJson: '', attempt: 1, traceParent: '', finished: [] };
const clock = fakeClock();

describe('a held lease', () => {
  it('is stopped when its trust ends', () => {
    const held = new HeldLease(lease, 100);
    clock.pass(99);
    expect(held.signal.aborted).toBe(false);
    clock.pass(10);
    expect(held.signal.reason).toMatchObject({ reason: 'fenced' });
  });

  it('is stopped though its timer ran before the end by the clock, as the timers of a busy process do', () => {
    const held = new HeldLease(lease, 100);
    clock.pass(105, 95);
    expect(held.signal.aborted).toBe(false);
    clock.pass(10);
    expect(held.signal.reason).toMatchObject({ reason: 'fenced' });
  });

  it('goes on when it was trusted for longer meanwhile, and no longer than that', () => {
    const held = new HeldLease(lease, 100);
    clock.pass(50);
    held.trust(200);
    clock.pass(100);
    expect(held.signal.aborted).toBe(false);
    clock.pass(60);
    expect(held.signal.aborted).toBe(true);
  });

  it('yields while it is worked on, before its last batch, and not before that', () => {
    const held = new HeldLease(lease, 1000);
    held.askToYield();
    expect(held.yielding.aborted).toBe(false);
    expect(held.progress.begunSeconds).toBe(0);
    held.begin(4);
    clock.pass(500);
    expect(held.progress.begunSeconds).toBeCloseTo(0.5);
    for (const unitsDone of [6, 10]) {
      held.report({ phase: 'ascend', unitsDone, unitsTotal: 10, fraction: 0.5 });
      held.askToYield();
      expect(held.yielding.aborted).toBe(false);
    }
    held.report({ phase: 'ascend', unitsDone: 5, unitsTotal: 10, fraction: 0.5 });
    held.askToYield();
    expect(held.yielding.reason).toMatchObject({ reason: 'yielded' });
    expect(held.signal.aborted).toBe(false);
  });

  it('does not yield where what is done of it cannot be kept', () => {
    const held = new HeldLease(lease, 1000);
    held.begin(Number.POSITIVE_INFINITY);
    held.report({ phase: 'look', unitsDone: 1, unitsTotal: 1000, fraction: 0.001 });
    held.askToYield();
    expect(held.yielding.aborted).toBe(false);
  });

  it('is left alone once it is settled', () => {
    const held = new HeldLease(lease, 100);
    held.settle();
    clock.pass(500);
    expect(held.signal.aborted).toBe(false);
  });
});
