import { randomUUID } from 'node:crypto';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { checkBlobStore } from '@neuron-atlas/testkit';
import { describe, expect, it, vi } from 'vitest';
import { checkWritable, openStore } from './index.js';

// tools/test-s3.mjs starts the server and sets AWS_ENDPOINT_URL_S3, the keys, and the bucket.
const bucket = process.env['S3_TEST_BUCKET'] ?? '';
const freshUrl = (): string => `s3://${bucket}/blobs/${randomUUID()}`;

/** Keys of uploads in parts that were begun and neither ended nor removed. */
async function uploadsUnder(url: string): Promise<readonly (string | undefined)[]> {
  const client = new S3Client({ endpoint: process.env['AWS_ENDPOINT_URL_S3']!, region: 'us-east-1', forcePathStyle: true });
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: url.replace(`s3://${bucket}/`, '') }));
  return Uploads.map(({ Key }) => Key);
}

describe('a prefix of a bucket as a store', () => {
  checkBlobStore(() => openStore(freshUrl()));

  it('lists more keys than a page of the server holds', async () => {
    const store = await openStore(freshUrl());
    const names = Array.from({ length: 1005 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
    for (let i = 0; i < names.length; i += 50) await Promise.all(names.slice(i, i + 50).map((name) => store.put(name, Uint8Array.of(1))));
    const keys: string[] = [];
    for await (const key of store.list('many/')) keys.push(key);
    expect(keys).toEqual(names);
  });

  it('keeps apart two prefixes of which one begins with the other', async () => {
    const url = freshUrl();
    await (await openStore(`${url}-longer`)).put('x', Uint8Array.of(1));
    const keys: string[] = [];
    for await (const key of (await openStore(url)).list('')) keys.push(key);
    expect(keys).toEqual([]);
  });

  it('keeps 40 MB as they are', async () => {
    const store = await openStore(freshUrl());
    const data = Uint8Array.from({ length: 40_000_000 }, (_, i) => i % 253);
    await store.put('big', data);
    expect(Buffer.compare(await store.get('big'), data)).toBe(0);
  });

  it('keeps 80 MB that come in pieces, in three parts', async () => {
    const store = await openStore(freshUrl());
    const piece = Uint8Array.from({ length: 10_000_000 }, (_, i) => i % 253);
    const chunks = async function* (): AsyncIterable<Uint8Array> { for (let i = 0; i < 8; i++) yield piece; };
    expect(await store.putLarge('large', { bytes: 80_000_000, chunks }, { ifAbsent: true })).toBe('written');
    expect((await store.stat('large'))?.bytes).toBe(80_000_000);
    expect(Buffer.compare(await store.get('large', { start: 30_000_000, end: 40_000_000 }), piece)).toBe(0);
  });

  it.each<{ readonly why: string; readonly pieces: number; readonly fails?: Error; readonly says: string }>([
    { why: 'its source breaks off', pieces: 5, fails: new Error('the source is gone'), says: 'the source is gone' },
    { why: 'it comes to less than was said', pieces: 7, says: 'its content came to 70000000 of 80000000 bytes' },
    { why: 'it comes to more than was said', pieces: 9, says: 'its content came to 90000000 of 80000000 bytes' },
  ])('keeps nothing of large content, and no part of it, where $why', async ({ pieces, fails, says }) => {
    const store = await openStore(freshUrl());
    const chunks = async function* (): AsyncIterable<Uint8Array> {
      for (let i = 0; i < pieces; i++) yield new Uint8Array(10_000_000);
      if (fails !== undefined) throw fails;
    };
    await expect(store.putLarge('broken', { bytes: 80_000_000, chunks })).rejects.toThrow(says);
    expect(await store.stat('broken')).toBeUndefined();
    expect(await uploadsUnder(store.url)).toEqual([]);
  });

  it('keeps no part of large content whose writer is told to stop', async () => {
    const store = await openStore(freshUrl());
    const stop = new AbortController();
    const chunks = async function* (): AsyncIterable<Uint8Array> {
      for (let i = 0; i < 8; i++) {
        if (i === 5) stop.abort(new Error('no more'));
        yield new Uint8Array(10_000_000);
      }
    };
    await expect(store.putLarge('stopped', { bytes: 80_000_000, chunks }, {}, stop.signal)).rejects.toThrow('no more');
    expect(await store.stat('stopped')).toBeUndefined();
    await vi.waitFor(async () => { expect(await uploadsUnder(store.url)).toEqual([]); }, 10_000);
  });

  it('can be written to', async () => {
    const store = await openStore(freshUrl());
    await checkWritable(store);
    for await (const key of store.list('')) throw new Error(`left ${key}`);
  });
});

describe('an output on S3 that cannot be used', () => {
  it('names a bucket that does not exist', async () => {
    const store = await openStore('s3://no-such-bucket-here/atlas');
    await expect(checkWritable(store)).rejects.toMatchObject({ code: 'BLOBS_NOT_FOUND', message: 'the bucket of s3://no-such-bucket-here/atlas does not exist' });
  });

  it('says that the keys are wrong', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong');
    try {
      await expect(checkWritable(await openStore(freshUrl()))).rejects.toMatchObject({ code: 'BLOBS_DENIED' });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('says that no server is there', async () => {
    const store = await openStore(freshUrl(), { endpoint: 'http://127.0.0.1:1' });
    await expect(checkWritable(store)).rejects.toMatchObject({ code: 'BLOBS_UNREACHABLE', details: { url: store.url } });
  });
});
