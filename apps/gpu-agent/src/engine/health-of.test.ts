import { describe, expect, it } from 'vitest';
import { healthOf, scoresActivation } from './health-of.js';

const healthy = { image: Float32Array.of(0.5), scoreStart: 1, score: 2, gradientNorm: 0.1 };

describe('healthOf', () => {
  it('has nothing to say of a picture whose score rose above 0', () => {
    expect(healthOf(healthy, true)).toEqual({ health: [], reason: '' });
  });

  it.each([
    [{ score: NaN }, true, ['not-finite']],
    [{ image: Float32Array.of(0.5, Infinity) }, true, ['not-finite']],
    [{ gradientNorm: 0, score: 1 }, true, ['gradient-blocked', 'no-gain']],
    [{ scoreStart: -2, score: -1 }, true, ['dead']],
    [{ scoreStart: -2, score: -1 }, false, []],
    [{ scoreStart: 0, score: 0 }, true, ['dead', 'no-gain']],
    [{ scoreStart: 2, score: 2 }, true, ['no-gain']],
  ] as const)('flags %j (ReLU follows: %s) as %j, the gravest first', (change, reluFollows, flags) => {
    const { health, reason } = healthOf({ ...healthy, ...change }, reluFollows);
    expect(health).toEqual(flags);
    expect(reason.split('; ').filter((words) => words !== '')).toHaveLength(flags.length);
  });

  it('lets only objectives that score the activation itself call a unit dead', () => {
    expect(['channel', 'neuron', 'logit', 'negative', 'channel - 0.5 * layer', 'direction'].map(scoresActivation)).toEqual([true, true, true, false, false, false]);
  });
});
