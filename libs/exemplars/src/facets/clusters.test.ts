import { describe, expect, it } from 'vitest';
import { clustersOf } from './clusters.js';

/** A linear congruential generator: independent of the one that sweeps draw from. */
function draws(seed: number): { uniform(): number; normal(): number } {
  let state = seed >>> 0;
  const uniform = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return { uniform, normal: () => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, 0) - 6 };
}
const squared = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);

describe('clusters of points', () => {
  it('are the groups that the points were drawn from, the group of the first point first', () => {
    const { normal } = draws(1);
    const middles = [[0, 0, 5], [5, 0, 0], [0, 5, 0]];
    const points = Array.from({ length: 30 }, (_, i) => Float64Array.from(middles[i % 3]!, (value) => value + 0.3 * normal()));
    for (let seed = 0; seed < 5; seed++) {
      const found = clustersOf(points, 3, draws(seed)).map(({ members }) => [...members].sort((a, b) => a - b));
      expect(found).toEqual([0, 1, 2].map((group) => points.flatMap((_, i) => (i % 3 === group ? [i] : []))));
    }
  });

  it('lie no further from their centres than the best of all divisions', () => {
    const { normal } = draws(2);
    const points = Array.from({ length: 9 }, () => Float64Array.from({ length: 2 }, () => normal()));
    const loss = (groups: readonly (readonly number[])[]): number => groups.reduce((sum, group) => {
      const centre = Float64Array.from({ length: 2 }, (_, axis) => group.reduce((total, i) => total + points[i]![axis]!, 0) / group.length);
      return sum + group.reduce((total, i) => total + squared(points[i]!, centre), 0);
    }, 0);
    const all = Array.from({ length: 2 ** 8 - 1 }, (_, code) => [0, 1].map((side) => points.flatMap((__, i) => (((code + 1) >> i) % 2 === side ? [i] : []))));
    const found = clustersOf(points, 2, draws(3)).map(({ members }) => members);
    expect(loss(found)).toBeCloseTo(Math.min(...all.map(loss)), 9);
  });

  it('have their members from the nearest to the centre on', () => {
    const points = [[0], [1], [5], [2]].map((of) => Float64Array.from(of)); // centre 2
    expect(clustersOf(points, 1, draws(1))).toEqual([{ members: [3, 1, 0, 2] }]);
  });

  it('are as many as points that differ, where those are fewer', () => {
    const points = [[1, 0], [1, 0], [0, 1]].map((of) => Float64Array.from(of));
    expect(clustersOf(points, 4, draws(1)).map(({ members }) => members)).toEqual([[0, 1], [2]]);
    expect(clustersOf([], 4, draws(1))).toEqual([]);
  });

  it('are the same for the same draws', () => {
    const { normal } = draws(4);
    const points = Array.from({ length: 40 }, () => Float64Array.from({ length: 3 }, () => normal()));
    expect(clustersOf(points, 5, draws(6))).toEqual(clustersOf(points, 5, draws(6)));
  });
});
