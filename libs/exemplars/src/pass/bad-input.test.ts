import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetOf, tarOf, writeFiles, type TarFile } from '@neuron-atlas/testkit';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset, SampleSource } from '../dataset/dataset.js';
import { digest, listAndOpen } from '../dataset/datasets.fixture.js';
import { decodePicture, fillInput } from '../picture/decode-picture.js';
import { LayerTally } from './layer-tally.js';
import { runPass, type Skipped } from './run-pass.js';
import { tallyToBytes } from './tally-bytes.js';

const preprocess = { mean: [0, 0, 0], std: [1, 1, 1], range: [0, 1], color: 'RGB' } as const;
const side = 8;
const rowLength = 3 * side * side;

/** A network of three units: the mean of each colour. */
const reader = {
  batch: 4, units: 3,
  read: async (pictures: Float32Array) => Float32Array.from({ length: 12 }, (_, i) => pictures.subarray(i * side * side, (i + 1) * side * side).reduce((sum, one) => sum + one, 0) / side ** 2),
  [Symbol.asyncDispose]: async () => undefined,
};

interface Passed { readonly tally: LayerTally; readonly skipped: readonly Skipped[] }

async function pass(samples: AsyncIterable<SampleSource>): Promise<Passed> {
  const tally = new LayerTally({ units: 3, top: 3, bottom: 3 });
  const skipped = await runPass({
    reader, tallies: [tally], samples, sha256: digest, rowLength, signal: new AbortController().signal,
    decode: async (content, id, row) => fillInput(row, (await decodePicture(content, id, { preprocess, input: { width: side, height: side } })).input, preprocess),
  });
  return { tally, skipped };
}

const codes = ({ skipped }: Passed): readonly (readonly string[])[] => skipped.map(({ sampleId, code }) => [sampleId, code]);

/** A plain picture, a different colour for each number. */
const plain = (n: number, width = 20, height = 16): Sharp => sharp({ create: { width, height, channels: 3, background: { r: (n * 37) % 256, g: (n * 91) % 256, b: 40 } } });
const jpeg = async (n: number): Promise<Uint8Array> => new Uint8Array(await plain(n).jpeg({ quality: 95 }).toBuffer());

let home = '';
let count = 0;
const fresh = (): string => join(home, String(count++));
beforeAll(async () => { home = await mkdtemp(join(tmpdir(), 'bad-input-')); });
afterAll(() => rm(home, { recursive: true, force: true }));

describe('a pass over bad input', () => {
  it('counts every picture that can be read, of whatever kind, and names each that cannot', async () => {
    const folder = fresh();
    const noisy = sharp(Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251), { raw: { width: 64, height: 64, channels: 3 } });
    const whole = new Uint8Array(await noisy.jpeg().toBuffer());
    const frames = Buffer.concat([await plain(3, 10, 10).raw().toBuffer(), Buffer.alloc(300, 9)]);
    await writeFiles(folder, {
      'a.jpg': await jpeg(1),
      'animated.gif': new Uint8Array(await sharp(frames, { raw: { width: 10, height: 20, channels: 3, pageHeight: 10 } }).gif().toBuffer()),
      'bits16.png': new Uint8Array(await plain(4).toColourspace('rgb16').png().toBuffer()),
      'cmyk.jpg': new Uint8Array(await plain(5).toColourspace('cmyk').jpeg().toBuffer()),
      'cut.jpg': whole.subarray(0, whole.length >> 1),
      'empty.png': '',
      'no-picture.webp': '<html>',
      'wide.png': new Uint8Array(await plain(6, 30_000, 12).png().toBuffer()),
      'z.jpg': await jpeg(2),
    });
    const dataset = await listAndOpen(folder, fresh());
    const found = await pass(dataset.range(0, dataset.samples));
    expect(codes(found)).toEqual([['cut.jpg', 'EXEMPLARS_BAD_PICTURE'], ['empty.png', 'EXEMPLARS_BAD_PICTURE'], ['no-picture.webp', 'EXEMPLARS_BAD_PICTURE']]);
    for (const { sampleId, reason } of found.skipped) expect(reason).toContain(sampleId);
    expect(found.tally.pictures).toBe(6);
    expect(found.tally.sampled.map(({ sample }) => sample.id).sort()).toEqual(['a.jpg', 'animated.gif', 'bits16.png', 'cmyk.jpg', 'wide.png', 'z.jpg']);
  });

  it('goes on where a file vanishes while it reads, and names it', async () => {
    const folder = fresh();
    await writeFiles(folder, Object.fromEntries(await Promise.all(Array.from({ length: 30 }, async (_, i) => [`${String(i).padStart(2, '0')}.jpg`, await jpeg(i)] as const))));
    const dataset = await listAndOpen(folder, fresh());
    async function* vanishing(): AsyncGenerator<SampleSource> {
      for await (const sample of dataset.range(0, dataset.samples)) {
        if (sample.item === 12) await rm(join(folder, '17.jpg'));
        yield sample;
      }
    }
    const found = await pass(vanishing());
    expect(codes(found)).toEqual([['17.jpg', 'BLOBS_NOT_FOUND']]);
    expect(found.tally.pictures).toBe(29);
  });

  it('does not take a store that fails for pictures that are broken', async () => {
    const failing: SampleSource = { id: 'a.jpg', item: 0, read: async () => { throw Object.assign(new Error('no route to host'), { code: 'EHOSTUNREACH' }); }, label: async () => undefined };
    await expect(pass((async function* () { yield failing; })())).rejects.toThrow('no route to host');
  });

  it.each(['tar', 'parquet'] as const)('of a %s with damage gives the same bytes and names the same samples for 1, 2 and 7 shards', async (format) => {
    const path = fresh();
    const pictures = await Promise.all(Array.from({ length: 21 }, (_, i) => jpeg(i)));
    if (format === 'tar') {
      const members = (from: number, to: number): readonly TarFile[] => pictures.slice(from, to).flatMap((data, i): TarFile[] => [[`${from + i}.cls`, `class ${(from + i) % 4}`], [`${from + i}.jpg`, data]]);
      const cut = tarOf(members(8, 14));
      await writeFiles(path, { '0.tar': tarOf([...members(0, 8), ['3.jpg', pictures[3]!], ['broken.jpg', 'no picture']]), '1.tar': cut.subarray(0, cut.length - 1024 - 600), '2.tar': tarOf(members(14, 21)) });
    } else {
      await writeFiles(path, { '0.parquet': parquetOf([...pictures.slice(0, 8), null, new TextEncoder().encode('no picture')], { labels: Array.from({ length: 10 }, (_, i) => i % 4) }), '1.parquet': 'PAR1 cut short', '2.parquet': parquetOf(pictures.slice(8), { labels: pictures.slice(8).map(() => 1) }) });
    }
    const dataset: Dataset = await listAndOpen(path, fresh());
    const whole = await pass(dataset.range(0, dataset.samples));
    expect(codes(whole)).toEqual(format === 'tar'
      ? [['0.tar/3.jpg', 'EXEMPLARS_SAMPLE_TWICE'], ['0.tar/broken.jpg', 'EXEMPLARS_BAD_PICTURE'], ['1.tar', 'EXEMPLARS_BAD_SHARD']]
      : [['0.parquet#8', 'EXEMPLARS_BAD_PICTURE'], ['0.parquet#9', 'EXEMPLARS_BAD_PICTURE'], ['1.parquet', 'EXEMPLARS_BAD_SHARD']]);
    expect(whole.tally.pictures).toBe(dataset.samples - 3);
    expect(whole.tally.pictures).toBe(format === 'tar' ? 20 : 21);   // the last picture of the tar that was cut is not whole
    expect(whole.tally.top.of(0).map(({ sample }) => sample.label)).toEqual(expect.arrayContaining([format === 'tar' ? expect.stringMatching(/^class \d$/) : expect.stringMatching(/^\d$/)]) as string[]);
    for (const shards of [2, 7]) {
      const step = Math.ceil(dataset.samples / shards);
      const merged = new LayerTally({ units: 3, top: 3, bottom: 3 });
      const skipped: Skipped[] = [];
      for (let shard = 0; shard < shards; shard++) {
        const part = await pass(dataset.range(shard * step, (shard + 1) * step));
        merged.merge(part.tally);
        skipped.push(...part.skipped);
      }
      expect(skipped).toEqual(whole.skipped);
      expect(digest(tallyToBytes(merged)), `${shards} shards`).toBe(digest(tallyToBytes(whole.tally)));
    }
  });
});
