import { mkdtemp, rm, writeFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fastestThreads, threadCounts } from './fastest-threads.js';
import { ThreadChoices } from './thread-choices.js';

describe('fastestThreads', () => {
  it('tries all threads, half and a quarter, fewest first and each once', () => {
    expect([1, 2, 3, 8, 96].map(threadCounts)).toEqual([[1], [1, 2], [1, 2, 3], [2, 4, 8], [24, 48, 96]]);
  });

  /** Opens things that take a known time, the first piece ten times as long, and says what happened. */
  const tried = async (most: number, ms: Readonly<Record<number, readonly number[]>>): Promise<{ threads: number; log: string[]; open: number }> => {
    const log: string[] = [];
    let open = 0;
    const found = await fastestThreads({
      most,
      open: async (threads) => {
        log.push(`open ${threads}`);
        open++;
        return { threads, times: [1000, ...ms[threads]!], [Symbol.asyncDispose]: async () => { open--; log.push(`close ${threads}`); } };
      },
      time: async ({ times }) => times.shift()!,
    });
    expect(found.opened.threads).toBe(found.threads);
    return { threads: found.threads, log, open };
  };

  it('keeps all threads open where they are fastest', async () => {
    expect(await tried(4, { 1: [40, 41, 40], 2: [22, 22, 22], 4: [12, 12, 30] })).toEqual({ threads: 4, open: 1, log: ['open 1', 'close 1', 'open 2', 'close 2', 'open 4'] });
  });

  it('takes fewer where they are faster by more than noise, by the best of their times', async () => {
    expect(await tried(4, { 1: [40, 40, 40], 2: [9, 50, 50], 4: [12, 12, 12] })).toEqual({ threads: 2, open: 1, log: ['open 1', 'close 1', 'open 2', 'close 2', 'open 4', 'close 4', 'open 2'] });
    expect((await tried(2, { 1: [11.5, 12, 12], 2: [12, 12, 12] })).threads).toBe(2);
  });

  it('leaves nothing open where the work fails', async () => {
    let open = 0;
    const trial = { most: 2, open: async () => { open++; return { [Symbol.asyncDispose]: async () => { open--; } }; }, time: async (): Promise<number> => { throw new Error('no memory'); } };
    await expect(fastestThreads(trial)).rejects.toThrow('no memory');
    expect(open).toBe(0);
  });
});

describe('ThreadChoices', () => {
  it('remembers a program’s choice on the machine that made it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'thread-choices-'));
    try {
      const here = new ThreadChoices(folder, ['EPYC', 'runtime 1']);
      expect(await here.get('a', 8)).toBeUndefined();
      await here.put('a', 8, 4);
      expect(await new ThreadChoices(folder, ['EPYC', 'runtime 1']).get('a', 8)).toBe(4);
      expect([await here.get('b', 8), await here.get('a', 4), await new ThreadChoices(folder, ['Xeon', 'runtime 1']).get('a', 8)]).toEqual([undefined, undefined, undefined]);
      const [name] = await readdir(join(folder, 'threads'));
      await writeFile(join(folder, 'threads', name!), '9000');
      expect(await here.get('a', 8)).toBeUndefined();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
