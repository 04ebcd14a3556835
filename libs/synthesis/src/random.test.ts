import { describe, expect, it } from 'vitest';
import { randomStream } from './random.js';

const draws = (seed: number, purpose: string, count: number): number[] => {
  const { normal } = randomStream(seed, purpose);
  return Array.from({ length: count }, () => normal());
};

describe('randomStream', () => {
  it('depends on its seed and purpose alone', () => {
    expect(draws(1, 'latent', 8)).toEqual(draws(1, 'latent', 8));
    expect(draws(2, 'latent', 8)).not.toEqual(draws(1, 'latent', 8));
    expect(draws(1, 'jitter', 8)).not.toEqual(draws(1, 'latent', 8));
  });

  it('draws standard normals: mean 0, variance 1, kurtosis 3, neighbours uncorrelated', () => {
    const n = 200_000;
    const values = draws(3, 'moments', n);
    const moment = (power: number): number => values.reduce((total, value) => total + value ** power, 0) / n;
    expect(moment(1)).toBeCloseTo(0, 1.5);
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    expect(Math.abs(values.slice(1).reduce((total, value, i) => total + value * values[i]!, 0) / n)).toBeLessThan(5 / Math.sqrt(n));
  });

  it('draws every number below the bound about equally often', () => {
    const { below } = randomStream(4, 'dice');
    const counts = new Array<number>(17).fill(0);
    for (let i = 0; i < 170_000; i++) counts[below(17)]!++;
    for (const times of counts) expect(Math.abs(times - 10_000)).toBeLessThan(5 * Math.sqrt(10_000));
  });
});
