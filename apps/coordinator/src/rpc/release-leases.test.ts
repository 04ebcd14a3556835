import type { LeaseRef } from '@neuron-atlas/proto';
import type { CallContext } from 'nice-grpc';
import { describe, expect, it } from 'vitest';
import type { Store } from '../store/store.js';
import { releaseLeases } from './release-leases.js';

const checkpoint = { key: 'checkpoints/conv1/0-00000-00004-0123456789abcdef.parquet', bytes: 10n, sha256: 'ab'.repeat(32), rows: 4n, kind: 'synthesis', layer: 'conv1' };

/** What reaches the store. */
async function released(finished: LeaseRef['finished']): Promise<unknown> {
  let seen: unknown;
  const store = { release: async (given: unknown) => { seen = given; return 1; } } as unknown as Store;
  expect(await releaseLeases({ store })({ session: 'se-1', leases: [{ shardId: 'sw-0123456789/3', fence: 2n, finished }], reason: 'drain' }, {} as CallContext)).toEqual({ released: 1 });
  return seen;
}

describe('releaseLeases', () => {
  it('gives leases back with what is finished of them', async () => {
    expect(await released([checkpoint])).toEqual({ session: 'se-1', claims: [{ sweepId: 'sw-0123456789', seq: 3, fence: 2n, finished: [checkpoint] }] });
    expect(await released([])).toEqual({ session: 'se-1', claims: [{ sweepId: 'sw-0123456789', seq: 3, fence: 2n, finished: [] }] });
  });

  it.each(['synthesis/conv1/0-00000-00004-0123456789abcdef.parquet', 'checkpoints/../atlas.json', 'checkpoints', '/checkpoints/x'])('refuses %s, which is no checkpoint', async (key) => {
    await expect(released([{ ...checkpoint, key }])).rejects.toMatchObject({ code: 'COORDINATOR_BAD_REQUEST', details: { field: 'leases[0].finished[0].key' } });
  });

  it('refuses more than a shard can have', async () => {
    await expect(released(Array.from({ length: 1001 }, () => checkpoint))).rejects.toMatchObject({ code: 'COORDINATOR_BAD_REQUEST', details: { field: 'leases[0].finished' } });
  });
});
