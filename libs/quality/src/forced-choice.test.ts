import { seeded } from '@neuron-atlas/testkit';
import { describe, expect, it } from 'vitest';
import { explains, interpretability, type Choice } from './forced-choice.js';
import { perceptOf, type Percept } from './similarity.js';

/** Pictures of a kind: a direction, and noise around it. */
function pictures(random: () => number, count: number, direction: readonly number[], noise: number): Percept[] {
  return Array.from({ length: count }, () => perceptOf([Float32Array.from(direction, (value) => value + noise * (random() - 0.5))], undefined));
}
const choice = (random: () => number, trials = 20, references = 9): Choice => ({ trials, references, below: (bound) => Math.floor(random() * bound) });
const direction = (random: () => number): number[] => Array.from({ length: 12 }, () => random() - 0.5);
const shuffled = <T>(random: () => number, list: readonly T[]): T[] => list.map((value) => ({ value, key: random() })).sort((a, b) => a.key - b.key).map(({ value }) => value);

/** Mean of the answers for many units, and three standard errors of it. */
function over(units: number, of: (random: () => number) => number): { readonly mean: number; readonly error: number } {
  const values = Array.from({ length: units }, (_, unit) => of(seeded(100 + unit)));
  const mean = values.reduce((a, b) => a + b, 0) / units;
  return { mean, error: 3 * Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (units - 1) / units) };
}

describe('interpretability', () => {
  it('is 1 for a unit whose exemplars are alike and unlike the others', () => {
    const random = seeded(1);
    expect(interpretability(pictures(random, 10, direction(random), 0.2), pictures(random, 10, direction(random), 0.2), choice(random))).toBe(1);
  });

  it('is 0.5 for exemplars that are shuffled between top and bottom', () => {
    const { mean, error } = over(300, (random) => {
      const all = shuffled(random, [...pictures(random, 10, direction(random), 0.2), ...pictures(random, 10, direction(random), 0.2)]);
      return interpretability(all.slice(0, 10), all.slice(10), choice(random))!;
    });
    expect(Math.abs(mean - 0.5)).toBeLessThan(error);
    expect(error).toBeLessThan(0.05);
  });

  it('is 0.5 for exemplars of nothing: pictures of one kind on either side', () => {
    const { mean, error } = over(300, (random) => {
      const kind = direction(random);
      return interpretability(pictures(random, 10, kind, 1), pictures(random, 10, kind, 1), choice(random))!;
    });
    expect(Math.abs(mean - 0.5)).toBeLessThan(error);
  });

  it('is 0.5 where all pictures look the same', () => {
    const same = Array.from({ length: 10 }, (): Percept => [Float64Array.from([1, 0])]);
    expect(interpretability(same, same, choice(seeded(3)))).toBe(0.5);
  });

  it('falls between, the noisier the exemplars the lower', () => {
    const at = (noise: number): number => over(60, (random) => interpretability(pictures(random, 10, direction(random), noise), pictures(random, 10, direction(random), noise), choice(random))!).mean;
    const [clear, mixed, hidden] = [at(1), at(4), at(40)];
    expect(clear).toBeGreaterThan(mixed);
    expect(mixed).toBeGreaterThan(hidden + 0.1);
  });

  it('never has a query among its own explanations, and takes fewer of them where there are fewer', () => {
    // Every picture is like itself alone: if a query were among the explanations, the answer would be known.
    const apart = Array.from({ length: 6 }, (_, i): Percept => [Float64Array.from({ length: 6 }, (__, j) => (i === j ? 1 : 0))]);
    expect(interpretability(apart.slice(0, 3), apart.slice(3), choice(seeded(4)))).toBe(0.5);
    expect(interpretability(apart.slice(0, 1), apart.slice(3), choice(seeded(4)))).toBeNull();
  });
});

describe('explains', () => {
  it('is 1 where the pictures are like the top exemplars, 0 where they are like the bottom ones, 0.5 where they are like neither', () => {
    const random = seeded(6);
    const [up, down] = [direction(random), direction(random)];
    const [top, bottom] = [pictures(random, 9, up, 0.2), pictures(random, 9, down, 0.2)];
    expect(explains(pictures(random, 3, up, 0.5), top, bottom, choice(random))).toBe(1);
    expect(explains(pictures(random, 3, down, 0.5), top, bottom, choice(random))).toBe(0);
    const { mean, error } = over(300, (each) => explains(pictures(each, 3, direction(each), 0.5), shuffled(each, [...top, ...bottom]).slice(0, 9), shuffled(each, [...top, ...bottom]).slice(0, 9), choice(each))!);
    expect(Math.abs(mean - 0.5)).toBeLessThan(error);
  });

  it('is nothing without pictures or without exemplars', () => {
    const random = seeded(7);
    const some = pictures(random, 3, direction(random), 0.1);
    expect([explains([], some, some, choice(random)), explains(some, [], some, choice(random)), explains(some, some, [], choice(random))]).toEqual([null, null, null]);
  });
});
