import { describe, expect, it } from 'vitest';
import { cosineSchedule } from './index.js';

describe('cosineSchedule', () => {
  it('falls from the highest rate by half a cosine to nothing at the last step', () => {
    const rate = (step: number): number => cosineSchedule({ highest: 0.01, steps: 100 }, step);
    expect(rate(0)).toBe(0.01);
    expect(rate(50)).toBeCloseTo(0.005, 12);
    expect(rate(25)).toBeCloseTo(0.01 * (0.5 + Math.SQRT1_2 / 2), 12);
    expect(rate(100)).toBe(0);
  });

  it('first rises in equal steps, and meets the cosine at its top', () => {
    const rates = Array.from({ length: 5 }, (_, i) => cosineSchedule({ highest: 4, steps: 100, warmUpSteps: 4 }, i + 1));
    expect(rates.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(rates[4]).toBeCloseTo(4, 2);
    expect(rates[4]).toBeLessThan(4);
  });
});
