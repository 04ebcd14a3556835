import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { magnitudeQuantile } from './magnitude-quantile.js';

/** By its definition. */
function sorted(values: Float32Array, share: number): number {
  const magnitudes = values.filter((value) => value !== 0).map(Math.abs).sort();
  return magnitudes[Math.max(1, Math.ceil(share * magnitudes.length)) - 1] ?? 0;
}

describe('magnitudeQuantile', () => {
  it('is what sorting gives, for values of every size and sign, and many alike', () => {
    const value = fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, 1, -1, 1e-45, -1e-45, 1 + 2 ** -23));
    fc.assert(fc.property(fc.array(value, { maxLength: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
      const values = Float32Array.from(list);
      expect(magnitudeQuantile(values, share)).toBe(sorted(values, share));
    }), { numRuns: 500, seed: 7 });
  });

  it('reads a part of a buffer as it does a whole', () => {
    const whole = Float32Array.of(9, 9, 1, -2, 3, 9);
    expect(magnitudeQuantile(whole.subarray(2, 5), 1)).toBe(3);
    expect(magnitudeQuantile(whole.subarray(2, 5), 0.5)).toBe(2);
  });

  it('is 0 of nothing but 0', () => { expect(magnitudeQuantile(Float32Array.of(0, -0), 0.9)).toBe(0); });
});
