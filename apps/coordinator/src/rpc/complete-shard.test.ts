import { CommitResult, type CompleteShardRequest } from '@neuron-atlas/proto';
import type { CallContext } from 'nice-grpc';
import { describe, expect, it } from 'vitest';
import type { LeasedShard, Manifest, Store } from '../store/store.js';
import { completeShard } from './complete-shard.js';

/** What reaches the store of a report with this object. */
async function committed(changes: { readonly key?: string; readonly kind?: string; readonly layer?: string; readonly sha256?: string }, shardId = 'sw-0123456789/0'): Promise<Manifest> {
  let seen: Manifest | undefined;
  const store = { complete: async ({ manifest }: Parameters<Store['complete']>[0]) => { seen = manifest; return 'committed' as const; } };
  const object = { key: 'synthesis/conv1/0-00000-00063-1a2b.parquet', bytes: 1n, sha256: 'a'.repeat(64), rows: 1n, kind: 'synthesis', layer: 'conv1', ...changes };
  const request: CompleteShardRequest = { session: 'se-1', shardId, fence: 1n, objects: [object], statsJson: '', next: undefined };
  await completeShard({ store: store as unknown as Store, policy })(request, {} as CallContext);
  return seen!;
}

const policy = { leaseTtlMs: 60_000 };

describe('completeShard', () => {
  it('asks for work beside the commit where the agent wants some, and says so of a request without an id', async () => {
    const seen: unknown[] = [];
    const lease: LeasedShard = { sweepId: 'sw-0123456789', seq: 3, fence: 5n, taskJson: '{}', traceParent: '', finished: [], lot: 'l' };
    const store = { completeAndAcquire: async (...asked: unknown[]) => { seen.push(asked[1]); return { result: 'fenced' as const, leases: [lease] }; } };
    const handle = completeShard({ store: store as unknown as Store, policy });
    const request = (next: CompleteShardRequest['next']): CompleteShardRequest => ({ session: 'se-1', shardId: 'sw-0123456789/0', fence: 1n, objects: [], statsJson: '', next });
    expect(await handle(request({ requestId: 'r', maxLeases: 1000, targetSeconds: 90 }), {} as CallContext)).toMatchObject({
      result: CommitResult.FENCED, leases: [{ shardId: 'sw-0123456789/3', fence: 5n, attempt: 5 }], leaseTtlMs: 60_000,
    });
    expect(seen).toEqual([{ requestId: 'r', max: 64, targetSeconds: 90 }]);
    await expect(handle(request({ requestId: '', maxLeases: 1, targetSeconds: 0 }), {} as CallContext)).rejects.toMatchObject({ code: 'COORDINATOR_BAD_REQUEST', details: { field: 'next.request_id' } });
    expect(seen).toHaveLength(1);
  });

  it.each(['a', 'synthesis/conv1/0-00000-00063-1a2b.parquet', 'units/features-features.0~cbf29ce484222325.parquet', '_x/=+@-.y'])('takes the key %s', async (key) => {
    expect((await committed({ key })).objects).toMatchObject([{ key }]);
  });

  it.each([
    '', '/', '/etc/passwd', '..', '../x', 'a/../b', 'a/..', './a', 'a/./b', 'a//b', 'a/', '\\x', 'a\\..\\b', 'C:\\x', 'C:/x', 'file:///x', 's3://b/x', '%2e%2e/x', 'a\0b', 'a\nb', 'a b', '~/x?', 'a#b',
    'é', '\ud800', '．．/x', 'x'.repeat(501),
  ])('refuses the key %j', async (key) => {
    await expect(committed({ key })).rejects.toMatchObject({ code: 'COORDINATOR_BAD_REQUEST', details: { field: 'objects[0].key' } });
  });

  it.each(['../sw-0123456789/0', 'sw-0123456789/../0', 'sw-0123456789/-1', 'sw-0123456789/00', 'sw-0123456789/9999999999', 'sw-0123456789'])('refuses the shard %s', async (shardId) => {
    await expect(committed({}, shardId)).rejects.toMatchObject({ code: 'COORDINATOR_BAD_REQUEST', details: { field: 'shard_id' } });
  });

  it.each([['sha256', '../../x'], ['kind', 'a\0'], ['kind', ''], ['layer', 'a\nb'], ['layer', 'x'.repeat(501)]])('refuses %s = %j', async (field, value) => {
    await expect(committed({ [field]: value })).rejects.toMatchObject({ code: 'COORDINATOR_BAD_REQUEST', details: { field: `objects[0].${field}` } });
  });
});
