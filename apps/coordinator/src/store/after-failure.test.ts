import { describe, expect, it } from 'vitest';
import { afterFailure } from './after-failure.js';
import { defaultPolicy } from './store.js';

describe('afterFailure', () => {
  it('waits twice as long each time, up to a minute', () => {
    const waits = Array.from({ length: 8 }, (_, faults) => afterFailure({ ...defaultPolicy, faultBudget: 100 }, { failures: 0, faults }, 'INFRA').backoffMs);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('keeps the shard\'s own failures apart from the world\'s', () => {
    expect(afterFailure(defaultPolicy, { failures: 2, faults: 8 }, 'TRANSIENT')).toMatchObject({ state: 'ready', failures: 2, faults: 9 });
    expect(afterFailure(defaultPolicy, { failures: 2, faults: 8 }, 'OUT_OF_MEMORY')).toMatchObject({ state: 'quarantined', failures: 3, faults: 8 });
    expect(afterFailure(defaultPolicy, { failures: 0, faults: 9 }, 'INFRA')).toMatchObject({ state: 'quarantined' });
  });

  it('does not try again what the spec has wrong', () => {
    expect(afterFailure(defaultPolicy, { failures: 0, faults: 0 }, 'BAD_INPUT')).toMatchObject({ state: 'quarantined', failures: 1 });
  });
});
