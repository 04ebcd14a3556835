import { describe, expect, it } from 'vitest';
import { readNeighbours } from './read-neighbours.js';

const counting = (): { readonly asked: string[]; readonly one: (row: number) => Promise<number | undefined> } => {
  const asked: string[] = [];
  const one = readNeighbours(async ({ start, end }) => {
    asked.push(`${start}-${end}`);
    await Promise.resolve();
    return Array.from({ length: end - start }, (_, i) => 10 * (start + i));
  });
  return { asked, one };
};

describe('readNeighbours', () => {
  it('reads rows that are asked for together and lie together at once, each for who asked', async () => {
    const { asked, one } = counting();
    expect(await Promise.all([7, 3, 4, 5, 9, 4].map(one))).toEqual([70, 30, 40, 50, 90, 40]);
    expect(asked).toEqual(['3-6', '7-8', '9-10']);
  });

  it('begins anew with each turn, and reads no more than a screen’s width at once', async () => {
    const { asked, one } = counting();
    await one(1);
    await one(2);
    expect(asked).toEqual(['1-2', '2-3']);
    await Promise.all(Array.from({ length: 20 }, (_, i) => one(100 + i)));
    expect(asked.slice(2)).toEqual(['100-116', '116-120']);
  });

  it('fails for those who waited for the part that failed, and only for them', async () => {
    const one = readNeighbours(async ({ start, end }) => {
      if (start === 0) throw new Error('cut off');
      return Array.from({ length: end - start }, () => start);
    });
    const settled = await Promise.allSettled([one(0), one(1), one(5)]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(await one(5)).toBe(5);
  });
});
