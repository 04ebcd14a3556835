import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkBlobStore } from '@neuron-atlas/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkWritable, openStore, type BlobStore } from './index.js';

let scratch: string;
beforeAll(async () => { scratch = await mkdtemp(path.join(tmpdir(), 'blobs-')); });
afterAll(async () => rm(scratch, { recursive: true }));

let made = 0;
const freshFolder = (): string => path.join(scratch, String(made++), 'not', 'there yet');
const bytes = Uint8Array.of(1, 2, 3);
const namesIn = (folder: string): Promise<string[]> => readdir(folder, { recursive: true });

describe('a folder as a store', () => {
  checkBlobStore(() => openStore(freshFolder()));

  it('is named by an absolute path, a relative one or a file url', async () => {
    const folder = freshFolder();
    await (await openStore(folder)).put('a/x', bytes);
    for (const store of [
      await openStore(pathToFileURL(folder).href),
      await openStore(path.basename(folder), { cwd: path.dirname(folder) }),
    ]) expect(await store.get('a/x')).toEqual(bytes);
    expect(new Uint8Array(await readFile(path.join(folder, 'a', 'x')))).toEqual(bytes);
  });

  it('reads back an object that takes several reads', async () => {
    const store = await openStore(freshFolder());
    const large = new Uint8Array(40 << 20);
    for (let i = 0; i < large.length; i += 4099) large[i] = i % 251;
    await store.put('large', large);
    expect(Buffer.compare(await store.get('large'), large)).toBe(0);
    expect(Buffer.compare(await store.get('large', { start: 5, end: 35 << 20 }), large.subarray(5, 35 << 20))).toBe(0);
  });

  it('makes no folder before the first object', async () => {
    const folder = freshFolder();
    const store = await openStore(folder);
    expect(await store.stat('x')).toBeUndefined();
    await expect(namesIn(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('does not list what a dead process left half-written, and leaves nothing half-written itself', async () => {
    const folder = freshFolder();
    const store = await openStore(folder);
    await store.put('x', bytes);
    await writeFile(path.join(folder, '0000.part~'), 'half');
    const keys: string[] = [];
    for await (const key of store.list('')) keys.push(key);
    expect(keys).toEqual(['x']);
    await expect(store.put('x/y', bytes)).rejects.toMatchObject({ code: 'BLOBS_NOT_WRITABLE' });
    expect(await namesIn(folder)).toEqual(['0000.part~', 'x']);
  });

  it('stops in the middle of a write and leaves nothing', async () => {
    const folder = freshFolder();
    const store = await openStore(folder);
    const stop = new AbortController();
    const put = store.put('big', new Uint8Array(64 << 20), {}, stop.signal);
    setImmediate(() => { stop.abort(new Error('stopped')); });
    await expect(put).rejects.toThrow('stopped');
    expect(await store.stat('big')).toBeUndefined();
    expect(await namesIn(folder).catch(() => [])).toEqual([]);
  });

  it('does not take a folder for an object', async () => {
    const folder = freshFolder();
    const store = await openStore(folder);
    await mkdir(path.join(folder, 'f'), { recursive: true });
    expect(await store.stat('f')).toBeUndefined();
    await expect(store.get('f')).rejects.toMatchObject({ code: 'BLOBS_NOT_FOUND' });
    await expect(store.put('f', bytes)).rejects.toMatchObject({ code: 'BLOBS_NOT_WRITABLE' });
    await expect(store.put('f', bytes, { ifAbsent: true })).rejects.toMatchObject({ code: 'BLOBS_NOT_WRITABLE' });
  });
});

describe('checkWritable', () => {
  const keys = async (store: BlobStore): Promise<string[]> => {
    const all: string[] = [];
    for await (const key of store.list('')) all.push(key);
    return all;
  };

  it('leaves a writable output empty', async () => {
    const store = await openStore(freshFolder());
    await checkWritable(store);
    expect(await keys(store)).toEqual([]);
  });

  it('names an output that is below a file', async () => {
    const file = path.join(scratch, 'a-file');
    await writeFile(file, 'x');
    const url = path.join(file, 'atlas');
    await expect(checkWritable(await openStore(url))).rejects.toMatchObject({
      code: 'BLOBS_NOT_WRITABLE', message: `cannot write ${url}: there is a file where a folder is needed`,
    });
  });
});

describe('openStore', () => {
  it.each(['', 'ftp://host/x', 'https://host/x', 'file://host/x', 'a\0b'])('refuses %j', async (url) => {
    await expect(openStore(url)).rejects.toMatchObject({ code: 'BLOBS_BAD_URL', details: { url } });
  });
});
