import { createLog } from '@neuron-atlas/telemetry';
import { describe, expect, it } from 'vitest';
import { loggedStore } from './logged-store.js';
import type { Store } from './store/store.js';
import { objectOf } from './testing/plan.js';
import { testPostgres } from './testing/test-postgres.js';
import { boom, worldOf } from './testing/world.js';

const postgres = testPostgres();
const levels: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };

describe('loggedStore', () => {
  it('tells the life of each shard in lines that name sweep, shard and fence', async () => {
    const text: string[] = [];
    const log = createLog({ name: 'coordinator', level: 'debug' }, { write: (line) => { text.push(line); } });
    const w = worldOf(await postgres.database(), { failureBudget: 1, badPieces: 0 });
    const store = loggedStore(w.store, log);
    const sweep = await w.submit(5);
    const [session, silent] = [await w.agent('a'), await w.agent('b')];
    const [late] = (await store.acquire({ session: silent, requestId: 'z', max: 1 })) as readonly { sweepId: string; seq: number; fence: bigint }[];
    await w.expire(silent);
    await store.reap();
    const leases = await store.acquire({ session, requestId: 'r', max: 3 });
    if (leases === 'session-lost') throw new Error('lost');
    const manifest = { objects: [objectOf(leases[0]!)], statsJson: '{}' };
    await store.complete({ session, claim: leases[0]!, manifest });
    await expect(store.complete({ session, claim: leases[0]!, manifest: { objects: [objectOf(leases[0]!, 'b')], statsJson: '{}' } })).rejects.toMatchObject({ code: 'COORDINATOR_MANIFEST_MISMATCH' });
    await store.complete({ session: silent, claim: late!, manifest });
    await store.fail({ session, claim: leases[1]!, failureClass: 'POISON', error: boom });
    await store.release({ session, claims: [leases[2]!] });
    await store.pause(sweep);

    const lines = text.map((line) => JSON.parse(line) as Record<string, unknown>);
    const short = lines.map(({ level, msg, shard, fence }) => [levels[Number(level)], msg, shard, fence]);
    const id = (seq: number): string => `${sweep}/${seq}`;
    expect(short).toEqual([
      ['debug', 'shard leased', id(late!.seq), '1'],
      ['warn', 'lease freed: its agent went silent', id(late!.seq), '1'],
      ...leases.map(({ seq, fence }) => ['debug', 'shard leased', id(seq), String(fence)]),
      ['info', 'shard committed', id(leases[0]!.seq), String(leases[0]!.fence)],
      ['error', 'one lease reported two different results; the first counts', id(leases[0]!.seq), String(leases[0]!.fence)],
      ['warn', 'report of a finished shard came too late and changed nothing', id(late!.seq), '1'],
      ['error', 'shard failed', id(leases[1]!.seq), String(leases[1]!.fence)],
      ['info', 'shard given back', id(leases[2]!.seq), String(leases[2]!.fence)],
      ['info', 'sweep changed by hand', undefined, undefined],
    ]);
    expect(lines.every((line) => line['sweep'] === sweep)).toBe(true);
    expect(lines.find(({ msg }) => msg === 'shard failed')).toMatchObject({ class: 'POISON', code: 'ENGINE_DIED', outcome: 'quarantined' });
  });

  it('tells of each lease that is asked for', async () => {
    const text: string[] = [];
    const store = { askToYield: async () => [{ sweepId: 'sw-0123456789', seq: 3, fence: 2n }] } as unknown as Store;
    await loggedStore(store, createLog({ name: 'coordinator', level: 'info' }, { write: (line) => { text.push(line); } })).askToYield();
    expect(text.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ sweep: 'sw-0123456789', shard: 'sw-0123456789/3', fence: '2', msg: 'lease asked for: other agents have nothing to do' }]);
  });
});
