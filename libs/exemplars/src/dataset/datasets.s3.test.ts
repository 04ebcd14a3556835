import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@neuron-atlas/blobs';
import { parquetOf, tarOf, writeFiles, type TarFile } from '@neuron-atlas/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAndOpen, readAll } from './datasets.fixture.js';

// tools/test-s3.mjs starts the server and sets AWS_ENDPOINT_URL_S3, the keys, and the bucket.
const bucket = process.env['S3_TEST_BUCKET'] ?? '';
const root = `s3://${bucket}/datasets/${randomUUID()}`;
let home = '';
beforeAll(async () => { home = await mkdtemp(join(tmpdir(), 'datasets-s3-')); });
afterAll(() => rm(home, { recursive: true, force: true }));

const noise = (seed: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7 + (i >> 3)) & 0xff);
// Some pictures are longer than the window in which a tar is listed.
const pictures = Array.from({ length: 14 }, (_, i) => noise(i, i % 5 === 0 ? 1_500_000 + i : 900 + i));
const members = (from: number, to: number): readonly TarFile[] => pictures.slice(from, to).flatMap((data, i): TarFile[] => [[`${from + i}.cls`, `class ${i}`], [`${from + i}.jpg`, data]]);
const whole = parquetOf(pictures, { labels: pictures.map((_, i) => i) });

describe('a data set on a real S3 server', () => {
  it.each<[string, Readonly<Record<string, Uint8Array | string>>, string]>([
    ['a folder', Object.fromEntries(pictures.map((data, i) => [`c${i % 3}/${i}.jpg`, data])), ''],
    ['tars, one cut short', { '0.tar': tarOf(members(0, 6)), 'more/1.tar': tarOf(members(6, 14)).subarray(0, 2_000_000) }, ''],
    ['one tar', { 'a/0.tar': tarOf(members(0, 6)) }, '/a/0.tar'],
    ['Parquet by a pattern', { 'train-0.parquet': whole, 'train-1.parquet': whole, 'test-0.parquet': whole }, '/train-*.parquet'],
  ])('as %s is read as on a disk: listed, by range, one by one', async (name, files, path) => {
    const [folder, url] = [join(home, name), `${root}/${name.replaceAll(/\W/g, '-')}`];
    await writeFiles(folder, files);
    const store = await openStore(url);
    for (const [key, data] of Object.entries(files)) await store.put(key, typeof data === 'string' ? Buffer.from(data) : data);
    const [local, remote] = [await listAndOpen(`${folder}${path}`, join(home, `${name}-list`)), await listAndOpen(`${url}${path}`, `${url}-list`)];
    const all = await readAll(local);
    expect(all.length).toBeGreaterThan(5);
    expect(await readAll(remote)).toEqual(all);
    expect(await readAll(remote, 3, 8)).toEqual(all.slice(3, 8));
    expect(Buffer.from(await (await remote.at(4)).read()).toString('latin1')).toBe(all[4]!.content);
  });
});
