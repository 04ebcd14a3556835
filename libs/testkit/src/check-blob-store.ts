import type { BlobStore } from '@neuron-atlas/blobs';
import { expect, it } from 'vitest';

/**
 * What every BlobStore keeps, as tests: call it inside a `describe`.
 *
 * `makeStore` gives an empty store each time.
 */
export function checkBlobStore(makeStore: () => Promise<BlobStore>): void {
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
  const keysOf = async (store: BlobStore, prefix: string, signal?: AbortSignal): Promise<string[]> => {
    const keys: string[] = [];
    for await (const key of store.list(prefix, signal)) keys.push(key);
    return keys;
  };

  it('gives back what was put, whole and by range', async () => {
    const store = await makeStore();
    const data = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) % 251);
    expect(await store.put('a/b.bin', data)).toBe('written');
    expect(await store.get('a/b.bin')).toEqual(data);
    expect(await store.get('a/b.bin', { start: 10, end: 20 })).toEqual(data.subarray(10, 20));
    expect(await store.get('a/b.bin', { start: 99_990, end: 200_000 })).toEqual(data.subarray(99_990));
    expect(await store.get('a/b.bin', { start: 5, end: 5 })).toEqual(bytes());
    expect((await store.stat('a/b.bin'))?.bytes).toBe(100_000);
  });

  it('keeps what comes in pieces, all of it or nothing', async () => {
    const store = await makeStore();
    const data = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 31) % 251);
    const pieces = async function* (): AsyncIterable<Uint8Array> { for (let at = 0; at < data.length; at += 300_000) yield data.subarray(at, at + 300_000); };
    expect(await store.putLarge('large', { bytes: data.length, chunks: pieces }, { ifAbsent: true, contentType: 'application/octet-stream' })).toBe('written');
    expect(Buffer.compare(await store.get('large'), data)).toBe(0);
    expect(await store.putLarge('large', { bytes: 3, chunks: async function* () { yield bytes(1, 2, 3); } }, { ifAbsent: true })).toBe('existed');
    expect((await store.stat('large'))?.bytes).toBe(data.length);
    await store.putLarge('none', { bytes: 0, chunks: async function* () { /* no pieces */ } });
    expect(await store.get('none')).toEqual(bytes());
    const broken = async function* (): AsyncIterable<Uint8Array> { yield data; throw new Error('the source is gone'); };
    await expect(store.putLarge('broken', { bytes: 2 * data.length, chunks: broken })).rejects.toThrow();
    expect(await keysOf(store, '')).toEqual(['large', 'none']);
  });

  it('keeps an empty object', async () => {
    const store = await makeStore();
    await store.put('empty', bytes());
    expect(await store.get('empty')).toEqual(bytes());
    expect((await store.stat('empty'))?.bytes).toBe(0);
  });

  it('says that a missing object is missing', async () => {
    const store = await makeStore();
    await expect(store.get('no/such')).rejects.toMatchObject({ code: 'BLOBS_NOT_FOUND', details: { url: store.url, key: 'no/such' } });
    await expect(store.get('no/such', { start: 0, end: 0 })).rejects.toMatchObject({ code: 'BLOBS_NOT_FOUND' });
    expect(await store.stat('no/such')).toBeUndefined();
    await store.delete('no/such');
    expect(await keysOf(store, '')).toEqual([]);
  });

  it('refuses a range that begins behind the end or ends before it begins', async () => {
    const store = await makeStore();
    await store.put('x', bytes(1, 2, 3));
    await expect(store.get('x', { start: 4, end: 5 })).rejects.toMatchObject({ code: 'BLOBS_BAD_RANGE' });
    await expect(store.get('x', { start: 2, end: 1 })).rejects.toMatchObject({ code: 'BLOBS_BAD_RANGE' });
    await expect(store.get('x', { start: -1, end: 1 })).rejects.toMatchObject({ code: 'BLOBS_BAD_RANGE' });
  });

  it('replaces an object whole, and leaves it alone where it must be absent', async () => {
    const store = await makeStore();
    expect(await store.put('x', bytes(1, 2, 3), { ifAbsent: true })).toBe('written');
    expect(await store.put('x', bytes(9), { ifAbsent: true })).toBe('existed');
    expect(await store.get('x')).toEqual(bytes(1, 2, 3));
    const before = await store.stat('x');
    expect(await store.put('x', bytes(4, 5), { contentType: 'application/octet-stream' })).toBe('written');
    expect(await store.get('x')).toEqual(bytes(4, 5));
    expect((await store.stat('x'))?.etag).not.toBe(before?.etag);
  });

  it('lets one of many who put the same absent key at once write it', async () => {
    const store = await makeStore();
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, i) => store.put('deep/er/race', bytes(i), { ifAbsent: true })));
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
    expect(await store.get('deep/er/race')).toEqual(bytes(outcomes.indexOf('written')));
  });

  it('lists keys under a prefix in the order of their bytes', async () => {
    const store = await makeStore();
    const keys = ['a-b', 'a.x', 'a/b', 'a/b-c', 'a/b.x', 'a/é', 'a0', 'b/c/d', 'é'];
    for (const key of keys.toReversed()) await store.put(key, bytes(1));
    expect(await keysOf(store, '')).toEqual(keys);
    expect(await keysOf(store, 'a/')).toEqual(['a/b', 'a/b-c', 'a/b.x', 'a/é']);
    expect(await keysOf(store, 'a/b')).toEqual(['a/b', 'a/b-c', 'a/b.x']);
    expect(await keysOf(store, 'b/c/')).toEqual(['b/c/d']);
    expect(await keysOf(store, 'zz')).toEqual([]);
  });

  it('deletes an object and no other', async () => {
    const store = await makeStore();
    await store.put('x/1', bytes(1));
    await store.put('x/2', bytes(2));
    await store.delete('x/1');
    expect(await keysOf(store, 'x/')).toEqual(['x/2']);
  });

  it.each([
    ['empty', ''], ['absolute', '/abs'], ['with a drive', 'C:/x'], ['with an empty segment', 'a//b'], ['with a slash at its end', 'a/'],
    ['that leads up', '../up'], ['that leads up on its way', 'a/../b'], ['that leads nowhere', './a'], ['with a backslash', 'a\\b'],
    ['with a NUL', 'a\u0000b'], ['with a line end', 'a\nb'], ['with a long segment', 'x'.repeat(201)],
    ['that is long', `${'a/'.repeat(600)}b`], ['with half a character', '\ud800'],
  ])('refuses a key %s before it touches anything', async (_, key) => {
    const store = await makeStore();
    const refused = { code: 'BLOBS_BAD_KEY', details: { key } };
    await expect(store.put(key, bytes(1))).rejects.toMatchObject(refused);
    await expect(store.get(key)).rejects.toMatchObject(refused);
    await expect(store.stat(key)).rejects.toMatchObject(refused);
    await expect(store.delete(key)).rejects.toMatchObject(refused);
    expect(await keysOf(store, '')).toEqual([]);
  });

  it('stops with the reason of a signal', async () => {
    const store = await makeStore();
    const stopped = new Error('stopped');
    const signal = AbortSignal.abort(stopped);
    await expect(store.put('x', bytes(1), {}, signal)).rejects.toBe(stopped);
    await expect(store.get('x', undefined, signal)).rejects.toBe(stopped);
    await expect(store.stat('x', signal)).rejects.toBe(stopped);
    await expect(store.delete('x', signal)).rejects.toBe(stopped);
    await expect(keysOf(store, '', signal)).rejects.toBe(stopped);
    expect(await store.stat('x')).toBeUndefined();
  });
}
