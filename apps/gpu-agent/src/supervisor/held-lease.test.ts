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

  it('is left alone once it is settled', () => {
    const held = new HeldLease(lease, 100);
    held.settle();
    clock.pass(500);
    expect(held.signal.aborted).toBe(false);
  });
});
