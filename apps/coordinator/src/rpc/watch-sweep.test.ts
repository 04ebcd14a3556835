import type { CallContext } from 'nice-grpc';
import { describe, expect, it, vi } from 'vitest';
import type { SweepRecord } from '../store/store.js';
import { watchSweep } from './watch-sweep.js';

const record = (changes: Partial<SweepRecord> = {}): SweepRecord => ({
  id: 'sw-0123456789', name: 'n', output: 'o', state: 'running', stages: [], unitsPerSecond: 0, etaSeconds: -1, agents: 0, weight: 1, priority: 0, maxAgents: 0, agentSeconds: 0,
  createdAt: new Date(0), finishedAt: undefined, error: undefined, ...changes,
});

/** All that a watcher hears of these states, one a second. */
async function hears(records: readonly SweepRecord[], stopping = new AbortController().signal): Promise<readonly string[]> {
  vi.useFakeTimers();
  try {
    let at = 0;
    const store = { sweep: async () => records[Math.min(at++, records.length - 1)]! };
    const heard: string[] = [];
    const watching = (async () => {
      const stream = watchSweep({ store, stopping })({ sweepId: 'sw-0123456789' }, { signal: new AbortController().signal } as CallContext);
      for await (const status of stream) heard.push(`${status.state} ${status.agents}`);
    })();
    await Promise.all([watching, vi.advanceTimersByTimeAsync(1000 * records.length)]);
    return heard;
  } finally {
    vi.useRealTimers();
  }
}

describe('watchSweep', () => {
  it('tells of changes only, and ends with the sweep', async () => {
    expect(await hears([record(), record(), record({ agents: 1 }), record({ agents: 1 }), record({ state: 'done' }), record()])).toEqual(['running 0', 'running 1', 'done 0']);
  });

  it('tells of a sweep that is over once', async () => {
    expect(await hears([record({ state: 'failed' })])).toEqual(['failed 0']);
  });

  it('says that the coordinator stops rather than end as if the sweep were over', async () => {
    await expect(hears([record()], AbortSignal.abort())).rejects.toMatchObject({ code: 'COORDINATOR_STOPPING', grpc: 'UNAVAILABLE' });
  });
});
