import { describe, expect, it } from 'vitest';
import { batchesAhead } from './batches-ahead.js';

const list = ['a', 'b', 'c', 'd', 'e'];

describe('batchesAhead', () => {
  it('gives all in order, the last batch as short as it is, and how much of the list there was', async () => {
    const given: unknown[] = [];
    for await (const one of batchesAhead(list, 2, async (batch) => batch.join(''))) given.push(one);
    expect(given).toEqual([{ batch: ['a', 'b'], loaded: 'ab', share: 0.4 }, { batch: ['c', 'd'], loaded: 'cd', share: 0.8 }, { batch: ['e'], loaded: 'e', share: 1 }]);
  });

  it('gives nothing of nothing, and loads nothing', async () => {
    for await (const one of batchesAhead([], 2, () => Promise.reject(new Error('loaded')))) expect(one).toBe(undefined);
  });

  it('has begun to load the next batch when it gives one, and no more', async () => {
    const begun: string[] = [];
    const load = (batch: readonly string[]): Promise<void> => { begun.push(batch.join('')); return Promise.resolve(); };
    const seen: string[][] = [];
    for await (const _ of batchesAhead(list, 2, load)) seen.push([...begun]);
    expect(seen).toEqual([['ab', 'cd'], ['ab', 'cd', 'e'], ['ab', 'cd', 'e']]);
  });

  it('throws what a load threw at its turn, and nothing where the loop was left before', async () => {
    const load = async ([first]: readonly string[]): Promise<string> => { if (first === 'c') throw new Error('broken'); return first!; };
    const given: string[] = [];
    await expect((async () => { for await (const { loaded } of batchesAhead(list, 2, load)) given.push(loaded); })()).rejects.toThrow('broken');
    expect(given).toEqual(['a']);
    for await (const { loaded } of batchesAhead(list, 2, load)) { expect(loaded).toBe('a'); break; }
    await new Promise((resolve) => { setImmediate(resolve); });
  });
});
