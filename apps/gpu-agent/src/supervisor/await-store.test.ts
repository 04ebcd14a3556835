import { setTimeout as sleep } from 'node:timers/promises';
import { AtlasError } from '@neuron-atlas/errors';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { awaitStore } from './await-store.js';
import { defaultTiming } from './timing.js';

const how = { log: pino({ level: 'silent' }), timing: { ...defaultTiming, backoffBaseMs: 1, backoffMaxMs: 5 }, random: () => 0 };
const impatient = { ...how, timing: { ...how.timing, storePatienceMs: 300 } };
const signal = new AbortController().signal;
const away = (): Error => new AtlasError({ code: 'BLOBS_UNREACHABLE', message: 'could not write s3://b/x', help: 'check the network', grpc: 'UNAVAILABLE', details: {} });

/** Fails with each of these in turn, then answers. */
function failing(errors: readonly Error[]): { readonly act: () => Promise<string>; readonly times: () => number } {
  let times = 0;
  return { act: async () => { const error = errors[times++]; if (error !== undefined) throw error; return 'done'; }, times: () => times };
}

describe('awaitStore', () => {
  it('does it again while the store is away, however often', async () => {
    const { act, times } = failing(Array.from({ length: 12 }, away));
    expect(await awaitStore(act, how, signal)).toBe('done');
    expect(times()).toBe(13);
  });

  it('counts its patience from when the store was away, not from when the work began', async () => {
    let times = 0;
    const long = async (): Promise<string> => {
      if (times++ > 0) return 'done';
      await sleep(2 * impatient.timing.storePatienceMs);
      throw away();
    };
    expect(await awaitStore(long, impatient, signal)).toBe('done');
  });

  it('gives up a store that stays away', async () => {
    await expect(awaitStore(() => Promise.reject(away()), impatient, signal)).rejects.toMatchObject({ code: 'BLOBS_UNREACHABLE' });
  });

  it('throws what is not the store, at once, but for what may pass, as often as it may', async () => {
    const other = new Error('no');
    const once = failing([other, other]);
    await expect(awaitStore(once.act, how, signal)).rejects.toBe(other);
    expect(once.times()).toBe(1);
    const twice = failing([other, away(), away(), other, other]);
    await expect(awaitStore(twice.act, how, signal, (_, n) => n < 3)).rejects.toBe(other);
    expect(twice.times()).toBe(5);
  });

  it('ends with whoever waits for it', async () => {
    const stop = new AbortController();
    const waiting = awaitStore(() => Promise.reject(away()), { ...how, timing: { ...how.timing, backoffBaseMs: 60_000, backoffMaxMs: 60_000 } }, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});
