import { describe, expect, it } from 'vitest';
import { createPhaseClock } from './phase-clock.js';

describe('createPhaseClock', () => {
  it('gives all time to the phase it was spent in, the one under way included, and loses none', () => {
    let now = 1_000;
    const clock = createPhaseClock(() => now);
    now += 500;
    clock.enter('idle');
    now += 2_000;
    clock.enter('compute');
    now += 7_000;
    clock.enter('idle');
    now += 1_500;
    expect(Object.fromEntries(clock.seconds())).toEqual({ starting: 0.5, idle: 3.5, load: 0, compute: 7, upload: 0 });
    now += 100;
    expect([...clock.seconds().values()].reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo((now - 1_000) / 1_000, 9);
  });
});
