import { describe, expect, it } from 'vitest';
import { copiesIn } from './copies.js';
import { picturePeriod } from './picture-period.js';

const map = (rows: readonly string[]): { readonly map: Float32Array; readonly columns: number } =>
  ({ map: Float32Array.from(rows.join(''), (digit) => (digit === '.' ? 0 : Number(digit))), columns: rows[0]!.length });

describe('copiesIn', () => {
  const { map: field, columns } = map([
    '9.....8',
    '5......',
    '...4...',
    '......7',
    '9....56',
  ]);

  it('counts regions of half the largest activation, corners joined, and the way between their peaks', () => {
    // 9 with 5 below it; 8; 9; 7 with 6 and 5. From 9 at (0, 0) the nearest other is 9 at (4, 0); from 8 at (0, 6), 7 at (3, 6).
    expect(copiesIn(field, columns, false)).toEqual({ count: 4, spacing: 4 });
  });

  it('joins and measures round the edge on a torus', () => {
    // 9 (4, 0), 9 (0, 0), 8 (0, 6), 5 (1, 0) and 6, 5, 7 at the right meet over the edges.
    expect(copiesIn(field, columns, true)).toEqual({ count: 1, spacing: null });
    const apart = map(['9.....', '......', '....9.', '......']);
    expect(copiesIn(apart.map, apart.columns, true)).toEqual({ count: 2, spacing: Math.hypot(2, 2) });
  });

  it('finds nothing where the unit does not answer', () => {
    expect(copiesIn(new Float32Array(12), 4, false)).toEqual({ count: 0, spacing: null });
    expect(copiesIn(new Float32Array(12).fill(-1), 4, true)).toEqual({ count: 0, spacing: null });
  });
});

describe('picturePeriod', () => {
  const picture = (height: number, width: number, value: (y: number, x: number) => number): [Float32Array, { channels: number; height: number; width: number }] =>
    [Float32Array.from({ length: height * width }, (_, i) => value(Math.floor(i / width), i % width)), { channels: 1, height, width }];
  const dots = (period: number) => (y: number, x: number): number => (y % period < 3 && x % period < 3 ? 1 : 0);

  it('finds the lattice of a wallpaper', () => {
    for (const torus of [false, true]) {
      expect(picturePeriod(...picture(48, 48, dots(12)), torus)).toMatchObject({ distance: 12, correlation: expect.closeTo(1, 9) as number });
    }
  });

  it('finds it in a large picture that is averaged down', () => {
    const found = picturePeriod(...picture(240, 240, dots(24)), false)!;
    expect(Math.abs(found.distance - 24)).toBeLessThanOrEqual(3);
    expect(found.correlation).toBeGreaterThan(0.9);
  });

  it('finds little likeness in noise, and none in one spot', () => {
    let state = 1;
    const noise = picturePeriod(...picture(40, 40, () => { state = (state * 16807) % 2147483647; return state / 2147483647; }), false)!;
    expect(noise.correlation).toBeLessThan(0.3);
    const spot = picturePeriod(...picture(40, 40, (y, x) => Math.exp(-((y - 20) ** 2 + (x - 20) ** 2) / 20)), true);
    expect(spot?.correlation ?? 0).toBeLessThan(0.3);
  });
});
