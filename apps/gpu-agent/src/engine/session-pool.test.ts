import { describe, expect, it } from 'vitest';
import { SessionPool } from './session-pool.js';

const opened = (close: () => void = () => undefined): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => close() });

describe('SessionPool', () => {
  it('keeps the two programs used last and closes the others', async () => {
    const log: string[] = [];
    const pool = new SessionPool();
    const use = (key: string): Promise<AsyncDisposable> => pool.get(key, async () => {
      log.push(`open ${key}`);
      return opened(() => { log.push(`close ${key}`); });
    });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await use(key);
    expect(log).toEqual(['open a', 'open b', 'close b', 'open c', 'close c', 'open b']);
    await pool[Symbol.asyncDispose]();
    expect(log.slice(6).sort()).toEqual(['close a', 'close b']);
  });

  it('keeps nothing beside a program that is to be alone', async () => {
    const log: string[] = [];
    const pool = new SessionPool();
    for (const key of ['a', 'b', 'c']) await pool.get(key, async () => opened(() => { log.push(`close ${key}`); }), key === 'c');
    expect(log).toEqual(['close a', 'close b']);
  });

  it('remembers nothing of a program that does not open', async () => {
    const pool = new SessionPool();
    await expect(pool.get('a', async () => { throw new Error('no memory'); })).rejects.toThrow('no memory');
    const second = opened();
    expect(await pool.get('a', async () => second)).toBe(second);
  });
});
