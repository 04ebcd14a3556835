import { describe, expect, it } from 'vitest';
import { faultSchedule } from './fault-schedule.js';

const weights = { often: 8, seldom: 1, never: 0 };

describe('faultSchedule', () => {
  it('is the same for the same seed and another for another', () => {
    expect(faultSchedule(7, 50, weights)).toEqual(faultSchedule(7, 50, weights));
    expect(faultSchedule(7, 50, weights)).not.toEqual(faultSchedule(8, 50, weights));
  });

  it('has as many faults as asked for, each kind at least once, the rest by weight', () => {
    const schedule = faultSchedule(3, 900, weights);
    const times = (wanted: string): number => schedule.filter(({ kind }) => kind === wanted).length;
    expect(schedule).toHaveLength(900);
    expect(times('never')).toBe(1);
    expect(times('often') / times('seldom')).toBeGreaterThan(4);
  });

  it('draws whom, how hard and when from the whole of 0 to 1', () => {
    for (const field of ['who', 'size', 'gap'] as const) {
      const drawn = faultSchedule(1, 400, weights).map((fault) => fault[field]);
      expect(Math.min(...drawn)).toBeLessThan(0.05);
      expect(Math.max(...drawn)).toBeGreaterThan(0.95);
      expect(Math.max(...drawn)).toBeLessThan(1);
    }
  });
});
