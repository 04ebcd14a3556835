import type { Ascender } from '@neuron-atlas/synthesis';
import { describe, expect, it } from 'vitest';
import { AscenderPool, type OpenedProgram } from './ascender-pool.js';

describe('AscenderPool', () => {
  it('keeps the two programs used last and closes the others', async () => {
    const log: string[] = [];
    const pool = new AscenderPool();
    const use = (key: string): Promise<OpenedProgram> => pool.get(key, async () => {
      log.push(`open ${key}`);
      const ascender = Object.assign({} as Ascender, { [Symbol.asyncDispose]: async () => { log.push(`close ${key}`); } });
      return { ascender, followedByRelu: false };
    });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await use(key);
    expect(log).toEqual(['open a', 'open b', 'close b', 'open c', 'close c', 'open b']);
    await pool[Symbol.asyncDispose]();
    expect(log.slice(6).sort()).toEqual(['close a', 'close b']);
  });

  it('remembers nothing of a program that does not open', async () => {
    const pool = new AscenderPool();
    await expect(pool.get('a', async () => { throw new Error('no memory'); })).rejects.toThrow('no memory');
    const opened = { ascender: {} as Ascender, followedByRelu: true };
    expect(await pool.get('a', async () => opened)).toBe(opened);
  });
});
