import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeRuntime } from '@neuron-atlas/synthesis/node';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { classNames } from '../model.js';
import { boundedAt } from './ablation.js';
import { alike, logitsFor, trainClassifier, unlike } from './classifier.js';
import { closeUps } from './close-ups.js';
import { modifications } from './modifications.js';
import { demoPictures, naturalPictures, questionOf, takenFor } from './natural.js';
import { repetition } from './repetition.js';
import { writeFindings } from './write-findings.js';

const drawn = (light: (x: number, y: number) => number): Uint8Array => Uint8Array.from({ length: 3 * 64 * 64 }, (_, at) => light(Math.floor(at / 3) % 64, Math.floor(at / 192)));
const natural = naturalPictures(32).map(({ pixels }) => pixels);

describe('what the experiments measure', () => {
  it('finds stripes that come again, and no repetition in a single spot', () => {
    expect(repetition(drawn((x) => (x % 16 < 8 ? 250 : 5)))).toBeGreaterThan(0.99);
    expect(repetition(drawn((x, y) => 255 * Math.exp(-((x - 32) ** 2 + (y - 32) ** 2) / 20)))).toBeLessThan(0.1);
  });

  it('undoes an exchange of colours and of quarters by doing it again, and keeps the mean of what it blurs', () => {
    const [bgr, mosaic, blur] = modifications as [typeof modifications[number], typeof modifications[number], typeof modifications[number]];
    for (const { apply } of [bgr, mosaic]) {
      expect(apply(natural[0]!)).not.toEqual(natural[0]);
      expect(apply(apply(natural[0]!))).toEqual(natural[0]);
    }
    const mean = (pixels: Uint8Array): number => pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    expect(mean(blur.apply(drawn((x, y) => (x > 20 && x < 40 && y > 20 && y < 40 ? 200 : 100))))).toBeCloseTo(mean(drawn((x, y) => (x > 20 && x < 40 && y > 20 && y < 40 ? 200 : 100))), 1);
  });

  it('sees seams in most pictures that have them, and blur in all', () => {
    for (const { name, apply, statistic } of modifications) {
      if (name === 'BGR') continue; // tells nothing of pictures in all colours
      const up = natural.filter((pixels) => statistic.of(apply(pixels)) > statistic.of(pixels)).length;
      expect(name === 'mosaic' ? up > 22 : up === 0, name).toBe(true);
    }
  });

  it('knows an answer’s question and whether it is the largest there', () => {
    expect(questionOf(9)).toEqual({ group: 1, answer: 1, start: 8 });
    const row = Float32Array.from(classNames, (_, unit) => (unit === 9 ? 2 : unit === 3 ? 5 : 0));
    expect(takenFor(row, 9)).toBe(true);
    expect(takenFor(row, 10)).toBe(false);
  });

  it('widens a code range around the same means', () => {
    const range = { rectified: true, mean: [1, 2], std: [0.5, 1], lower: [0, 0], upper: [2.5, 5], sigmas: 3 };
    expect(JSON.parse(Buffer.from(boundedAt(Buffer.from(JSON.stringify(range)), 1)).toString())).toEqual({ ...range, sigmas: 1, upper: [1.5, 3] });
    expect(JSON.parse(Buffer.from(boundedAt(Buffer.from(JSON.stringify({ ...range, rectified: false })), 2)).toString())).toMatchObject({ lower: [0, 0], upper: [2, 4] });
  });
});

describe('the networks of the experiments', () => {
  it.each([['alike', alike], ['unlike', unlike]] as const)('learn two colours apart, %s', async (_, architecture) => {
    const runtime = await createNodeRuntime({ provider: 'cpu', threads: 1 });
    const tone = (index: number): Uint8Array => drawn(() => 0).map((_value, at) => (at % 3 === 2 * (index % 2) ? 120 + (index % 90) : 40));
    const { file, accuracy } = await trainClassifier(runtime, { architecture, groups: [2], pictures: (index) => ({ pixels: tone(index), labels: [index % 2] }), steps: 10, seed: 1, threads: 1 });
    expect(accuracy[0]).toBeGreaterThan(0.9);
    const rows = await logitsFor(runtime, file, [tone(2), tone(5)], 1);
    expect(rows.map((row) => row[0]! > row[1]!)).toEqual([true, false]);
  });

  it('are asked what is in the pictures', () => {
    expect(demoPictures(5)(0)).toEqual(demoPictures(5)(0));
    expect(demoPictures(5)(0).labels).toHaveLength(3);
    expect(closeUps(5)(7).labels.every((label) => label >= 0 && label < 8)).toBe(true);
    expect(closeUps(5)(7).pixels).not.toEqual(closeUps(5)(8).pixels);
  });
});

it('writes a page with the table and the verdict, the numbers, and a sheet with a row for each case', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'neuron-atlas-experiment-'));
  const row = [natural[0]!, new Uint8Array(), natural[1]!];
  await writeFindings(folder, 'trial', {
    title: 'A trial', published: 'It was so.', method: ['Done so.'], columns: ['case', 'share'], rows: [['one', '12 %']], legend: 'Shares.', ours: ['It is not so.'], agrees: 'no',
    sheet: [{ label: 'first', pictures: row }, { label: 'second', pictures: row }], numbers: { cases: [1] },
  }, { command: 'npm run experiment -- trial', runtime: 'a runtime' });
  const page = await readFile(join(folder, 'trial.md'), 'utf8');
  expect(page).toContain('| one | 12 % |');
  expect(page).toContain('Does it agree with the publication? No.');
  expect(JSON.parse(await readFile(join(folder, 'trial.json'), 'utf8'))).toMatchObject({ experiment: 'trial', agrees: 'no', cases: [1] });
  expect(await sharp(join(folder, 'trial.webp')).metadata()).toMatchObject({ width: 3 * 66 + 2, height: 2 * 66 + 2 });
  await rm(folder, { recursive: true });
});
