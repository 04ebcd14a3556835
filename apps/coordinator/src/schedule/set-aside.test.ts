import { describe, expect, it } from 'vitest';
import { afterFailureOf, healthy, type Health } from './set-aside.js';

const others = [healthy];
const after = (shards: readonly string[], health: Health = healthy, failureClass: Parameters<typeof afterFailureOf>[2] = 'POISON') =>
  shards.reduce<ReturnType<typeof afterFailureOf>>((now, shard) => afterFailureOf(now, shard, failureClass, others), { ...health, asideMs: 0 });

describe('afterFailureOf', () => {
  it('sets an agent aside that failed three different shards in a row, and not for one shard that fails again and again', () => {
    expect(after(['a', 'b'])).toEqual({ failed: ['a', 'b'], asides: 0, asideMs: 0 });
    expect(after(['a', 'b', 'c'])).toEqual({ failed: ['a', 'b', 'c'], asides: 1, asideMs: 60_000 });
    expect(after(['a', 'a', 'a', 'a', 'b', 'a'])).toMatchObject({ asideMs: 0 });
  });

  it('gives it one shard after that, and sets it aside for twice as long, an hour at most, while it fails', () => {
    const times = Array.from({ length: 9 }, (_, asides) => afterFailureOf({ failed: ['a', 'b', 'c'], asides }, 'd', 'INFRA', others).asideMs / 60_000);
    expect(times).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(afterFailureOf({ failed: ['a', 'b', 'c'], asides: 1 }, 'c', 'INFRA', others)).toMatchObject({ asides: 2, asideMs: 120_000 });
  });

  it('blames nobody where all fail: it is the sweep', () => {
    for (const failing of [[], [{ failed: ['x'], asides: 0 }]]) {
      expect(['a', 'b', 'c', 'd'].reduce<ReturnType<typeof afterFailureOf>>((now, shard) => afterFailureOf(now, shard, 'POISON', failing), { ...healthy, asideMs: 0 })).toMatchObject({ failed: ['b', 'c', 'd'], asides: 0, asideMs: 0 });
    }
  });

  it('does not count what meets every agent alike: a wrong spec, a store that is away', () => {
    for (const failureClass of ['BAD_INPUT', 'TRANSIENT'] as const) expect(after(['a', 'b', 'c', 'd'], healthy, failureClass)).toEqual({ failed: [], asides: 0, asideMs: 0 });
  });
});
