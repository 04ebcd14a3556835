import { seeded } from '@neuron-atlas/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naturalPath, pathNaturalness, ranksOf } from './path-naturalness.js';
import { patchBox, patchSide } from './patch-box.js';
import { qualityFlags } from './quality-flags.js';
import { rankInLayer } from './rank-in-layer.js';
import { seedAgreement } from './seed-agreement.js';
import { perceptOf, scaleOf, similarity, type Features } from './similarity.js';

const features = (random: () => number, lengths: readonly number[] = [5, 8]): Features => lengths.map((length) => Float32Array.from({ length }, () => random() * 4 - 1));

describe('similarity', () => {
  it('is the mean over layers of the correlation that standardised features have', () => {
    const random = seeded(1);
    const natural = Array.from({ length: 9 }, () => features(random));
    const scale = scaleOf(natural);
    const [a, b] = [features(random), features(random)];
    const z = (of: Features, l: number, i: number): number => {
      const values = natural.map((one) => one[l]![i]!);
      const mean = values.reduce((sum, value) => sum + value, 0) / 9;
      return (of[l]![i]! - mean) / Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 9);
    };
    const cosine = (l: number): number => {
      const [u, v] = [[...a[l]!.keys()].map((i) => z(a, l, i)), [...a[l]!.keys()].map((i) => z(b, l, i))];
      const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
      return dot(u, v) / Math.sqrt(dot(u, u) * dot(v, v));
    };
    expect(similarity(perceptOf(a, scale), perceptOf(b, scale))).toBeCloseTo((cosine(0) + cosine(1)) / 2, 10);
    expect(similarity(perceptOf(a, scale), perceptOf(a, scale))).toBeCloseTo(1, 12);
  });

  it('does not see features that no natural picture moves, and is a number whatever they are', () => {
    const natural = [[Float32Array.from([1, 5, 2])], [Float32Array.from([3, 5, 4])]];
    const seen = perceptOf([Float32Array.from([9, 1e30, Infinity])], scaleOf(natural));
    expect([...seen[0]!]).toEqual([1, 0, 0]);
  });
});

describe('seedAgreement', () => {
  it('is the share of triplets in which two seeds are nearer than another unit, ties half', () => {
    const [a, b, near, far] = [[1, 0], [0.8, 0.6], [0.9, Math.sqrt(0.19)], [0, 1]].map((values) => [Float64Array.from(values)]) as [Float64Array[], Float64Array[], Float64Array[], Float64Array[]];
    // a·b = 0.8; a·near = 0.9, a·far = 0; b·near = 0.98…, b·far = 0.6: two of four.
    expect(seedAgreement([a, b], [near, far])).toBe(0.5);
    expect(seedAgreement([a, b], [far])).toBe(1);
    expect(seedAgreement([a, a], [a])).toBe(0.5);
    expect([seedAgreement([a], [far]), seedAgreement([a, b], [])]).toEqual([null, null]);
  });

  it('is 0.5 for seeds that have no more in common than units do', () => {
    const values = Array.from({ length: 200 }, (_, unit) => {
      const random = seeded(unit);
      const one = (): ReturnType<typeof perceptOf> => perceptOf(features(random), undefined);
      return seedAgreement([one(), one(), one()], Array.from({ length: 8 }, one))!;
    });
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(3 * Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 199 / 200));
  });
});

describe('pathNaturalness', () => {
  it('correlates ranks as Spearman does: 1 − 6 Σd² / (n (n² − 1)) without ties', () => {
    const [x, y] = [[106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]];
    const rho = ranksOf([Float32Array.from(x)])[0]!.reduce((sum, value, i) => sum + value * ranksOf([Float32Array.from(y)])[0]![i]!, 0);
    expect(rho).toBeCloseTo(1 - (6 * 194) / (10 * 99), 10);
    // Equal values share a rank: 1, 2.5, 2.5, 4 less their mean.
    const tied = ranksOf([Float32Array.from([3, 5, 5, 9])])[0]!;
    expect([...tied].map((value) => value / tied[3]!)).toEqual([-1, 0, 0, 1].map((value) => expect.closeTo(value, 12) as number));
  });

  it('is 1 for a natural picture of the unit, 0 for one of another, on average', () => {
    const kinds = [seeded(5), seeded(6)].map((random) => Float32Array.from({ length: 60 }, () => 3 * random()));
    const random = seeded(7);
    const picture = (kind: number): Features => [kinds[kind]!.map((value) => value + 2 * random())];
    const pictures = (kind: number, count: number): ReturnType<typeof ranksOf>[] => Array.from({ length: count }, () => ranksOf(picture(kind)));
    const path = naturalPath(pictures(0, 9), pictures(1, 30))!;
    const mean = (kind: number): number => pictures(kind, 60).reduce((sum, made) => sum + pathNaturalness(made, path)!, 0) / 60;
    expect(Math.abs(mean(0) - 1)).toBeLessThan(0.15);
    expect(Math.abs(mean(1))).toBeLessThan(0.15);
  });

  it('is nothing where a unit\'s pictures have no more in common than others', () => {
    const random = seeded(8);
    const one = (): ReturnType<typeof ranksOf> => ranksOf(features(random));
    const same = one();
    expect(pathNaturalness(same, naturalPath([same, same], [same])!)).toBeNull();
    expect(naturalPath([one()], [one()])).toBeUndefined();
    expect(naturalPath([one(), one()], [])).toBeUndefined();
  });
});

describe('rankInLayer', () => {
  it('counts the units that are further above their natural maximum, and those that can be compared', () => {
    const naturalMax = new Map([[0, 2], [1, 10], [2, 0], [4, 1]]);
    const peaks = Float32Array.from([4, 30, 99, 50, 2]);
    expect(rankInLayer(1, peaks, naturalMax)).toEqual({ rank: 1, of: 3 });
    expect(rankInLayer(0, peaks, naturalMax)).toEqual({ rank: 2, of: 3 });
    expect(rankInLayer(4, peaks, naturalMax)).toEqual({ rank: 2, of: 3 });
    expect([rankInLayer(2, peaks, naturalMax), rankInLayer(3, peaks, naturalMax)]).toEqual([undefined, undefined]);
  });
});

describe('patches', () => {
  it('are as large as what a unit sees, within 16 pixels and the smallest picture', () => {
    const pictures = [{ width: 224, height: 224 }, { width: 128, height: 100 }];
    expect([[3, 3], [47, 47], [300, 40]].map((size) => patchSide({ kind: 'window', size }, pictures))).toEqual([16, 47, 100]);
    expect([patchSide({ kind: 'whole' }, pictures), patchSide(undefined, pictures)]).toEqual([100, 100]);
  });

  it('lie in the picture, of the size that was asked for, around the centre where there is room', () => {
    fc.assert(fc.property(fc.integer({ min: 16, max: 60 }), fc.integer({ min: 16, max: 60 }), fc.integer({ min: 1, max: 16 }), fc.double({ min: -50, max: 100, noNaN: true }), fc.double({ min: -50, max: 100, noNaN: true }), (width, height, side, x, y) => {
      const { x0, y0, x1, y1 } = patchBox({ x, y }, side, { width, height });
      expect([x1 - x0, y1 - y0]).toEqual([side, side]);
      expect(x0 >= 0 && y0 >= 0 && x1 <= width && y1 <= height).toBe(true);
      if (x - side / 2 >= 0 && x + side / 2 <= width) expect(Math.abs((x0 + x1) / 2 - x)).toBeLessThanOrEqual(0.5);
    }));
  });
});

describe('qualityFlags', () => {
  const well = { interpretability: 0.95, seedAgreement: 1, rank: { rank: 2, of: 64 } };

  it('finds nothing wrong with a unit that is well, or of which nothing was measured', () => {
    expect(qualityFlags(well)).toEqual({ health: [], reason: '' });
    expect(qualityFlags({ interpretability: null, seedAgreement: null, rank: undefined })).toEqual({ health: [], reason: '' });
  });

  it('says in words, with the numbers, what is wrong', () => {
    const { health, reason } = qualityFlags({ interpretability: 0.5, seedAgreement: 0.6, rank: { rank: 9, of: 64 } });
    expect(health).toEqual(['unspecific', 'seeds-disagree', 'unclear']);
    expect(reason).toContain('8 of 64 units');
    expect(reason).toContain('60 % of comparisons');
    expect(reason).toContain('50 % of trials');
  });
});
