import { randomStream } from '@neuron-atlas/synthesis';
import { describe, expect, it } from 'vitest';
import { beyondLooks, perceptOf, similarity, type Percept, type SeenTwice } from './index.js';

const { normal } = randomStream(5, 'pictures');
const noise = (length: number): Float32Array => Float32Array.from({ length }, () => normal());

/** Pictures whose looks (8 numbers) decide half of what the judge sees, by a map that is not linear; the other half is a content of their own. */
function pictures(count: number, content: number): readonly SeenTwice[] {
  return Array.from({ length: count }, () => {
    const [looks, own] = [noise(8), noise(8)];
    const told = looks.map((value, i) => Math.max(0, value + 0.5 * looks[(i + 1) % 8]!) - 0.5);
    return { judged: perceptOf([Float32Array.from([...told, ...own.map((value) => content * value)])], undefined), plain: perceptOf([looks], undefined) };
  });
}

const energy = (percepts: readonly Percept[], from: number, to: number): number => percepts.reduce((sum, [layer]) => sum + layer!.slice(from, to).reduce((of, value) => of + value * value, 0), 0) / percepts.length;

describe('what a judge sees beyond looks', () => {
  it('keeps what looks do not tell and loses what they do', () => {
    const [scored, others] = [pictures(100, 1), pictures(600, 1)];
    const before = energy(scored.map(({ judged }) => judged), 0, 8);
    const rest = beyondLooks(scored, others);
    expect(before).toBeGreaterThan(0.25);
    expect(energy(rest, 0, 8)).toBeLessThan(0.5 * before);
    expect(energy(rest, 8, 16)).toBeGreaterThan(0.8);
  });

  it('leaves nothing by which pictures of one look are more alike than others, where looks are all there is', () => {
    const [scored, others] = [pictures(200, 0.3), pictures(800, 0.3)];
    const rest = beyondLooks(scored, others);
    // A random unit: the ten pictures that reach highest along a direction of the looks.
    const top = scored.map(({ plain }, i) => ({ i, reached: plain[0]![0]! })).sort((a, b) => b.reached - a.reached).slice(0, 10).map(({ i }) => i);
    const likeness = (of: readonly Percept[]): number => {
      let [sum, pairs] = [0, 0];
      for (const i of top) for (const j of top) if (i !== j) { sum += similarity(of[i]!, of[j]!); pairs++; }
      return sum / pairs;
    };
    expect(likeness(scored.map(({ judged }) => judged))).toBeGreaterThan(0.4);
    expect(Math.abs(likeness(rest))).toBeLessThan(0.15);
  });

  it('is of length 1 in each layer, and the same twice', () => {
    const [scored, others] = [pictures(5, 1), pictures(50, 1)];
    const rest = beyondLooks(scored, others);
    for (const [layer] of rest) expect(Math.hypot(...layer!)).toBeCloseTo(1, 12);
    expect(beyondLooks(scored, others)).toEqual(rest);
    expect(beyondLooks([], others)).toEqual([]);
    expect(() => beyondLooks(scored, others.slice(0, 1))).toThrow('two other pictures');
  });
});
