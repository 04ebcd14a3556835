import { describe, expect, it } from 'vitest';
import { afterFailure, failuresOfPiece, type Failed } from './after-failure.js';
import { defaultPolicy } from './store.js';

const shard = (changes: Partial<Failed> = {}): Failed => ({ failures: 0, faults: 0, stage: 'synthesis', units: 1, nodesFailed: 1, nodesLeft: 0, badPieces: 0, ...changes });

describe('afterFailure', () => {
  it('waits twice as long each time, up to a minute', () => {
    const waits = Array.from({ length: 8 }, (_, faults) => afterFailure({ ...defaultPolicy, faultBudget: 100 }, shard({ faults }), 'INFRA').backoffMs);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('keeps the shard\'s own failures apart from the world\'s', () => {
    expect(afterFailure(defaultPolicy, shard({ failures: 2, faults: 8 }), 'TRANSIENT')).toMatchObject({ state: 'ready', failures: 2, faults: 9 });
    expect(afterFailure(defaultPolicy, shard({ failures: 2, faults: 8 }), 'OUT_OF_MEMORY')).toMatchObject({ state: 'quarantined', failures: 3, faults: 8 });
    expect(afterFailure(defaultPolicy, shard({ faults: 9, units: 64 }), 'INFRA')).toMatchObject({ state: 'quarantined' });
  });

  it('does not try again what the spec has wrong', () => {
    expect(afterFailure(defaultPolicy, shard({ units: 64 }), 'BAD_INPUT')).toMatchObject({ state: 'quarantined', failures: 1 });
  });

  it('bisects at the end of the budget where units are independent, and quarantines a unit alone', () => {
    const last = { failures: 2 };
    for (const stage of ['merge', 'projections', 'synthesis', 'quality'] as const) expect(afterFailure(defaultPolicy, shard({ ...last, stage, units: 2 }), 'POISON').state).toBe('bisected');
    for (const stage of ['exemplars', 'publish'] as const) expect(afterFailure(defaultPolicy, shard({ ...last, stage, units: 2 }), 'POISON').state).toBe('quarantined');
    expect(afterFailure(defaultPolicy, shard(last), 'POISON').state).toBe('quarantined');
    expect(afterFailure(defaultPolicy, shard({ failures: 1, units: 64 }), 'POISON').state).toBe('ready');
  });

  it('does not bisect what is too large for the memory: half a shard runs in the same batches', () => {
    expect(afterFailure(defaultPolicy, shard({ failures: 2, units: 64 }), 'OUT_OF_MEMORY').state).toBe('quarantined');
  });

  it('asks a second node where there is one, with twice the patience and no more', () => {
    for (const units of [1, 64]) {
      const end = units === 1 ? 'quarantined' : 'bisected';
      const states = (where: Partial<Failed>) => [2, 3, 4, 5].map((failures) => afterFailure(defaultPolicy, shard({ failures, units, ...where }), 'POISON').state);
      expect(states({ nodesLeft: 1 })).toEqual(['ready', 'ready', 'ready', end]);
      expect(states({ nodesLeft: 1, nodesFailed: 2 })[0]).toBe(end);
      expect(states({ nodesLeft: 0 })[0]).toBe(end);
    }
  });

  it('ends the search where several pieces were bad', () => {
    const states = [0, 2, 3, 9].map((badPieces) => afterFailure(defaultPolicy, shard({ failures: 2, units: 64, badPieces }), 'POISON').state);
    expect(states).toEqual(['bisected', 'bisected', 'quarantined', 'quarantined']);
  });

  it('gives a half one try, and a unit alone its whole budget', () => {
    const state = (units: number) => afterFailure(defaultPolicy, shard({ units, failures: failuresOfPiece(defaultPolicy, units) }), 'POISON').state;
    expect([1, 2, 64].map(state)).toEqual(['ready', 'bisected', 'bisected']);
  });
});
