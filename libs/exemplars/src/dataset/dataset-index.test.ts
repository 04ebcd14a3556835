import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@neuron-atlas/blobs';
import { parquetOf, tarOf, writeFiles, type TarFile } from '@neuron-atlas/testkit';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digest, listAndOpen, readAll } from './datasets.fixture.js';
import { datasetIndexKey, indexDataset, openDataset } from './dataset-index.js';

let home = '';
let count = 0;
const fresh = (): string => join(home, String(count++));
beforeAll(async () => { home = await mkdtemp(join(tmpdir(), 'datasets-')); });
afterAll(() => rm(home, { recursive: true, force: true }));

const code = (wanted: string, details: object = {}): object => expect.objectContaining({ code: wanted, details: expect.objectContaining(details) as object }) as object;
const noise = (seed: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7 + (i >> 3)) & 0xff);
const latin = (data: Uint8Array): string => Buffer.from(data).toString('latin1');

/** The same 23 pictures in every format, the bytes of some of them many blocks long. */
const pictures = Array.from({ length: 23 }, (_, i) => noise(i, i % 5 === 0 ? 3000 + i : 17 + i * 40));
const classOf = (i: number): string => ['cat', 'dog', 'sea anemone'][i % 3]!;

async function inEachFormat(): Promise<Readonly<Record<'folder' | 'tar' | 'parquet', string>>> {
  const [folder, tar, parquet] = [fresh(), fresh(), fresh()];
  await writeFiles(folder, Object.fromEntries(pictures.map((data, i) => [`${classOf(i)}/${String(i).padStart(2, '0')}.jpg`, data])));
  const members = (from: number, to: number): readonly TarFile[] => pictures.slice(from, to).flatMap((data, i): TarFile[] => [[`s${from + i}.cls`, classOf(from + i)], [`s${from + i}.jpg`, data], [`s${from + i}.json`, '{"other": 1}']]);
  await writeFiles(tar, { 'a/0.tar': tarOf(members(0, 9)), 'a/1.tar': tarOf(members(9, 10)), 'b.tar': tarOf(members(10, 23)), 'README.md': 'no shard' });
  const rows = (from: number, to: number): Uint8Array => parquetOf(pictures.slice(from, to), { labels: pictures.slice(from, to).map((_, i) => (from + i) % 3), names: ['cat', 'dog', 'sea anemone'] });
  await writeFiles(parquet, { 'train-0.parquet': rows(0, 9), 'train-1.parquet': rows(9, 9), 'train-2.parquet': rows(9, 23) });
  return { folder, tar, parquet };
}

describe('a data set', () => {
  it.each(['folder', 'tar', 'parquet'] as const)('as %s gives its pictures with their labels, whole, by range and one by one', async (format) => {
    const path = (await inEachFormat())[format];
    const dataset = await listAndOpen(path, fresh());
    expect(dataset.samples).toBe(pictures.length);
    const all = await readAll(dataset);
    expect(new Set(all.map(({ id }) => id)).size).toBe(pictures.length);
    const byContent = new Map(all.map((one) => [one.content, one]));
    for (const [i, data] of pictures.entries()) expect(byContent.get(latin(data))).toMatchObject({ label: classOf(i) });
    for (const [start, end] of [[0, 1], [3, 9], [8, 12], [22, 40], [23, 24]] as const) expect(await readAll(dataset, start, end)).toEqual(all.slice(start, end));
    for (const item of [22, 0, 9, 10]) {
      const sample = await dataset.at(item);
      expect({ id: sample.id, content: latin(await sample.read()), label: await sample.label() }).toEqual(all[item]);
    }
    // Many at once, in no order, as a merge asks.
    expect(await Promise.all([17, 2, 9, 5, 17, 21].map(async (item) => latin(await (await dataset.at(item)).read())))).toEqual([17, 2, 9, 5, 17, 21].map((item) => all[item]!.content));
  });

  it('is one file, or those that a pattern names', async () => {
    const { tar, parquet } = await inEachFormat();
    expect((await readAll(await listAndOpen(`${tar}/b.tar`, fresh()))).map(({ id }) => id).slice(0, 2)).toEqual(['b.tar/s10.jpg', 'b.tar/s11.jpg']);
    expect((await readAll(await listAndOpen(`${parquet}/train-0.parquet`, fresh()))).map(({ id }) => id)).toEqual(Array.from({ length: 9 }, (_, i) => `train-0.parquet#${i}`));
    expect((await listAndOpen(`${tar}/a/*.tar`, fresh())).samples).toBe(10);
    expect((await listAndOpen(`${parquet}/train-?.parquet`, fresh())).samples).toBe(23);
    await expect(listAndOpen(`${parquet}/test-*`, fresh())).rejects.toEqual(code('EXEMPLARS_EMPTY_DATASET'));
  });

  it('says what is in the way: nothing there, two kinds, a compressed tar, a format that does not exist', async () => {
    await expect(listAndOpen(fresh(), fresh())).rejects.toEqual(code('EXEMPLARS_EMPTY_DATASET'));
    const [mixed, packed, words] = [fresh(), fresh(), fresh()];
    await writeFiles(words, { 'README.md': '#' });
    await expect(listAndOpen(words, fresh())).rejects.toEqual(code('EXEMPLARS_EMPTY_DATASET'));
    await writeFiles(mixed, { 'a.png': 'x', 'b.tar': tarOf([['c.jpg', 'y']]) });
    await expect(listAndOpen(mixed, fresh())).rejects.toEqual(code('EXEMPLARS_MIXED_DATASET', { one: 'folder', other: 'tar', key: 'b.tar' }));
    expect(await readAll(await listAndOpen(mixed, fresh(), { format: 'tar' }))).toEqual([{ id: 'b.tar/c.jpg', content: 'y', label: undefined }]);
    await expect(listAndOpen(mixed, fresh(), { format: 'lmdb' })).rejects.toEqual(code('EXEMPLARS_UNKNOWN_FORMAT', { format: 'lmdb' }));
    await writeFiles(packed, { 'a.tar.gz': 'x' });
    await expect(listAndOpen(packed, fresh())).rejects.toEqual(code('EXEMPLARS_PACKED_SHARD', { shard: 'a.tar.gz' }));
  });

  it('holds no list of its samples: it lies in parts, of which one is read for a range', async () => {
    const path = fresh();
    const output = fresh();
    await writeFiles(path, { 'many.tar': tarOf(Array.from({ length: 9000 }, (_, i): TarFile => [`${i}.jpg`, String(i)])) });
    const [source, out] = [await openStore(path), await openStore(output)];
    const written: number[] = [];
    const index = await indexDataset(source, { put: async (key, data, ...rest) => { written.push(data.length); return out.put(key, data, ...rest); } }, {}, digest);
    expect(index.samples).toBe(9000);
    const document = JSON.parse(await readFile(join(output, datasetIndexKey(index.sha256)), 'utf8')) as { readonly list: { readonly chunks: readonly string[]; readonly shards: readonly unknown[] } };
    expect([document.list.chunks.length, document.list.shards.length, written.length]).toEqual([3, 1, 4]);
    const dataset = await listAndOpen(path, fresh());
    expect((await readAll(dataset, 4094, 4099)).map(({ id, content }) => [id, content])).toEqual([4094, 4095, 4096, 4097, 4098].map((i) => [`many.tar/${i}.jpg`, String(i)]));
  });

  it('refuses a list that is not the one that the sweep was planned with', async () => {
    const { tar } = await inEachFormat();
    const output = fresh();
    const [source, out] = [await openStore(tar), await openStore(output)];
    const index = await indexDataset(source, out, {}, digest);
    await writeFile(join(output, datasetIndexKey(index.sha256)), '{}');
    await expect(openDataset(source, out, index, digest)).rejects.toEqual(code('EXEMPLARS_BAD_INDEX'));
  });
});

describe('WebDataset shards', () => {
  it('are read as GNU tar writes them, names of any length and in any script', async () => {
    const [files, path] = [fresh(), fresh()];
    const names = ['short.jpg', `${'deep/'.repeat(30)}long.jpg`, `${'ü'.repeat(90)}.jpg`, '猫/写真.png'];
    await writeFiles(files, Object.fromEntries(names.map((name, i) => [name, noise(i, 700 + i)])));
    await writeFiles(path, { 'x.txt': '' });
    for (const form of ['gnu', 'pax', 'ustar']) {
      execFileSync('tar', ['-cf', join(path, `${form}.tar`), `--format=${form}`, '-C', files, ...(form === 'ustar' ? names.slice(0, 1) : names)]);
    }
    const found = await readAll(await listAndOpen(path, fresh()));
    const wanted = (form: string, which: readonly string[]): object[] => which.map((name) => ({ id: `${form}.tar/${name}`, content: latin(noise(names.indexOf(name), 700 + names.indexOf(name))), label: undefined }));
    expect(found).toEqual([...wanted('gnu', names), ...wanted('pax', names), ...wanted('ustar', names.slice(0, 1))]);
  });

  it('give the label of .cls, of a field of .json or of .txt, in this order, or the one that is asked for', async () => {
    const path = fresh();
    await writeFiles(path, { 'a.tar': tarOf([
      ['1.jpg', 'a'], ['1.json', '{"caption": "a  red\\n ball", "key": 7}'], ['1.txt', 'text'],
      ['2.cls', '207'], ['2.jpg', 'b'], ['2.json', '{"caption": "c"}'],
      ['3.jpg', 'c'], ['3.txt', ' only words '], ['4.jpg', 'd'], ['4.json', '{"caption": ['], ['5.left.png', 'e'], ['5.right.png', 'f'], ['5.txt', 'both'], ['notes/read.me', 'x'], ['._6.jpg', 'rubbish'],
    ]) });
    const labels = async (options: object): Promise<unknown> => (await readAll(await listAndOpen(path, fresh(), options))).map(({ id, label }) => [id.slice('a.tar/'.length), label]);
    expect(await labels({})).toEqual([['1.jpg', 'a red ball'], ['2.jpg', '207'], ['3.jpg', 'only words'], ['4.jpg', undefined], ['5.left.png', 'both'], ['5.right.png', 'both']]);
    expect(await labels({ label: 'key' })).toEqual([['1.jpg', '7'], ['2.jpg', undefined], ['3.jpg', undefined], ['4.jpg', undefined], ['5.left.png', undefined], ['5.right.png', undefined]]);
    expect(await labels({ label: 'txt', image: 'left.png' })).toEqual([['5.left.png', 'both']]);
  });

  it('that are cut short keep what is whole; what is missing is one sample that cannot be read, wherever the cut is', async () => {
    const files: readonly TarFile[] = [['1.jpg', noise(1, 700)], ['2.jpg', noise(2, 100)], [`${'n'.repeat(150)}.jpg`, noise(3, 1500)]];
    const whole = tarOf(files);
    const ends = [0, 1, 2].map((i) => tarOf(files.slice(0, i + 1)).length - 1024);   // where the content of each ends, padded
    await fc.assert(fc.asyncProperty(fc.integer({ min: 512, max: whole.length - 1024 }), async (cut) => {
      const path = fresh();
      await writeFiles(path, { 'a.tar': whole.subarray(0, cut), 'b.tar': tarOf([['9.jpg', 'nine']]) });
      const found = await readAll(await listAndOpen(path, fresh()));
      // The padding behind a content may be missing, the content not.
      const kept = files.filter(([, content], i) => ends[i]! - (512 - ((content as Uint8Array).length % 512)) % 512 <= cut);
      expect(found.map(({ id }) => id)).toEqual([...kept.map(([name]) => `a.tar/${name}`), 'a.tar', 'b.tar/9.jpg']);
      expect(found.map(({ content }) => content)).toEqual([...kept.map(([, content]) => latin(content as Uint8Array)), 'EXEMPLARS_BAD_SHARD', 'nine']);
    }), { numRuns: 60 });
  });

  it('that are no tar at all are one sample that cannot be read', async () => {
    const path = fresh();
    await writeFiles(path, { 'a.tar': noise(4, 4000), 'b.tar': new Uint8Array(), 'c.tar': tarOf([['9.jpg', 'nine']]) });
    expect((await readAll(await listAndOpen(path, fresh()))).map(({ id, content }) => [id, content])).toEqual([['a.tar', 'EXEMPLARS_BAD_SHARD'], ['b.tar', 'EXEMPLARS_BAD_SHARD'], ['c.tar/9.jpg', 'nine']]);
  });

  it('with two samples of one name give the first, and name the second', async () => {
    const path = fresh();
    await writeFiles(path, { 'a.tar': tarOf([['1.jpg', 'first'], ['2.jpg', 'b'], ['1.jpg', 'again']]), 'b.tar': tarOf([['1.jpg', 'of another shard']]) });
    expect((await readAll(await listAndOpen(path, fresh()))).map(({ id, content }) => [id, content])).toEqual([
      ['a.tar/1.jpg', 'first'], ['a.tar/2.jpg', 'b'], ['a.tar/1.jpg', 'EXEMPLARS_SAMPLE_TWICE'], ['b.tar/1.jpg', 'of another shard'],
    ]);
  });

  it('that change or vanish after they were listed are noticed', async () => {
    const path = fresh();
    await writeFiles(path, { 'a.tar': tarOf([['1.jpg', 'a'], ['2.jpg', 'b']]), 'b.tar': tarOf([['3.jpg', 'c']]) });
    const dataset = await listAndOpen(path, fresh());
    await writeFiles(path, { 'a.tar': tarOf([['1.jpg', 'a'], ['1b.jpg', 'new'], ['2.jpg', 'b']]) });
    await rm(join(path, 'b.tar'));
    expect((await readAll(dataset)).map(({ content }) => content)).toEqual(['EXEMPLARS_SHARD_CHANGED', 'EXEMPLARS_SHARD_CHANGED', 'BLOBS_NOT_FOUND']);
  });
});

describe('Parquet files', () => {
  it('have their pictures in a column of bytes or a group, of any name that is given', async () => {
    const path = fresh();
    const columns = [{ name: 'photo', data: [noise(1, 50), noise(2, 60)], type: 'BYTE_ARRAY' as const }, { name: 'words', data: ['one', 'two'], type: 'STRING' as const }, { name: 'mask', data: [noise(3, 5), noise(4, 5)], type: 'BYTE_ARRAY' as const }];
    await writeFiles(path, { 'a.parquet': new Uint8Array(parquetWriteBuffer({ columnData: columns })) });
    expect(await readAll(await listAndOpen(path, fresh(), { image: 'photo', label: 'words' }))).toEqual([
      { id: 'a.parquet#0', content: latin(noise(1, 50)), label: 'one' }, { id: 'a.parquet#1', content: latin(noise(2, 60)), label: 'two' },
    ]);
    await expect(listAndOpen(path, fresh())).rejects.toEqual(code('EXEMPLARS_NO_IMAGE_COLUMN', { wanted: '', columns: ['photo', 'words', 'mask'], images: ['photo', 'mask'] }));
    await expect(listAndOpen(path, fresh(), { image: 'words' })).rejects.toEqual(code('EXEMPLARS_NO_IMAGE_COLUMN', { wanted: 'words' }));
    await expect(listAndOpen(path, fresh(), { image: 'photo', label: 'klass' })).rejects.toEqual(code('EXEMPLARS_NO_LABEL_COLUMN', { wanted: 'klass' }));
  });

  it('without a column of pictures, also the last of many, are refused by name', async () => {
    const path = fresh();
    const words = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'words', data: ['one'], type: 'STRING' }] }));
    await writeFiles(path, { 'a.parquet': parquetOf([noise(1, 9)]), 'b.parquet': words });
    await expect(listAndOpen(path, fresh())).rejects.toEqual(code('EXEMPLARS_NO_IMAGE_COLUMN', { shard: 'b.parquet', columns: ['words'] }));
  });

  it('name rows that hold no picture; a label that is not one is none, and where there is no label the stored name stands for it', async () => {
    const path = fresh();
    await writeFiles(path, { 'a.parquet': parquetOf([noise(1, 9), null, noise(2, 9)], { paths: ['x/a.jpg', 'x/b.jpg', 'x/c.jpg'] }), 'b.parquet': parquetOf([null, noise(1, 8)], { labels: [0, -1], names: ['cat'] }) });
    expect(await readAll(await listAndOpen(`${path}/a.parquet`, fresh()))).toEqual([
      { id: 'a.parquet#0', content: latin(noise(1, 9)), label: 'x/a.jpg' }, { id: 'a.parquet#1', content: 'EXEMPLARS_BAD_PICTURE', label: 'x/b.jpg' }, { id: 'a.parquet#2', content: latin(noise(2, 9)), label: 'x/c.jpg' },
    ]);
    expect((await readAll(await listAndOpen(`${path}/b.parquet`, fresh()))).map(({ content, label }) => [content.slice(0, 9), label])).toEqual([['EXEMPLARS', 'cat'], [latin(noise(1, 8)), undefined]]);
  });

  it('that are cut short or damaged are samples that cannot be read, and the others are read', async () => {
    const path = fresh();
    const sound = parquetOf(pictures.slice(0, 8));
    await writeFiles(path, { 'a.parquet': sound, 'b.parquet': sound.subarray(0, sound.length - 40), 'c.parquet': 'no parquet', 'd.parquet': parquetOf(pictures.slice(8, 9)) });
    const found = await readAll(await listAndOpen(path, fresh()));
    expect(found.slice(8).map(({ id, content }) => [id, content])).toEqual([['b.parquet', 'EXEMPLARS_BAD_SHARD'], ['c.parquet', 'EXEMPLARS_BAD_SHARD'], ['d.parquet#0', latin(pictures[8]!)]]);
    expect(found.slice(0, 8).map(({ content }) => content)).toEqual(pictures.slice(0, 8).map(latin));
  });
});
