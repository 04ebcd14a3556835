import { luminanceOf, radialSpectrum, spectrumDistance } from '@neuron-atlas/quality';
import { pictureSize, questions } from '../model.js';
import { pictureAt, type Picture } from '../pictures/index.js';
import { heldOutSeed } from '../training/train-demo.js';
import { trainClassifier, unlike, verdict, type Classifier, type Labelled } from './classifier.js';
import type { Context } from './context.js';

/** Each combination of answers once, of pictures that no network here has learned from. */
export const naturalPictures = (count = 512): readonly Picture[] => Array.from({ length: count }, (_, index) => pictureAt(heldOutSeed(1), index, pictureSize));

/** For each logit the largest over natural pictures. */
export const largest = (rows: readonly Float32Array[]): readonly number[] => Array.from(rows[0]!, (_, unit) => Math.max(...rows.map((row) => row[unit]!)));

const side = 64;
const spectrumOf = (pixels: Uint8Array): Float64Array => radialSpectrum(luminanceOf({ data: pixels, width: pictureSize, height: pictureSize, channels: 3 }), side);

/** How far pictures' spectra are from the mean of the natural ones, in decades (libs/quality spectrumDistance), on average. */
export function meanSpectrumDistance(pictures: readonly Uint8Array[], natural: readonly Uint8Array[]): number {
  const mean = new Float64Array(side / 2);
  for (const pixels of natural) spectrumOf(pixels).forEach((power, ring) => { mean[ring]! += power / natural.length; });
  return meanOf(pictures.map((pixels) => spectrumDistance(spectrumOf(pixels), mean)));
}

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export const groupSizes: readonly number[] = questions.map(({ answers }) => answers.length);

/** The group of a logit of the demo network, and its place in it. */
export function questionOf(unit: number): { readonly group: number; readonly answer: number; readonly start: number } {
  let start = 0;
  for (const [group, size] of groupSizes.entries()) {
    if (unit < start + size) return { group, answer: unit - start, start };
    start += size;
  }
  throw new Error(`unreachable: logit ${unit}`);
}

/** Whether a network with the demo's questions takes a picture for what a logit stands for. */
export function takenFor(row: Float32Array, unit: number): boolean {
  const { group, answer, start } = questionOf(unit);
  return verdict(row, { start, size: groupSizes[group]! }) === answer;
}

/** The demo's pictures with its three answers; a seed's pictures are no other seed's. */
export const demoPictures = (seed: number): Labelled => (index) => {
  const picture = pictureAt(seed, index, pictureSize);
  return { pixels: picture.pixels, labels: questions.map(({ name, answers }) => (answers as readonly string[]).indexOf(picture[name])) };
};

/**
 * A network of another shape that answers the demo's questions: what it recognises is in a picture, where what only the
 * visualised network answers to may be there for that network alone.
 */
export const trainJudge = ({ runtime, threads, seed, effort, note, judges }: Context): Promise<Classifier> => {
  const before = judges.get(seed);
  if (before !== undefined) return before;
  note('training a judge');
  const judge = trainClassifier(runtime, { architecture: unlike, groups: groupSizes, pictures: demoPictures(7000 + seed), steps: Math.max(20, Math.round(1000 * effort)), seed: seed + 1, threads });
  judges.set(seed, judge);
  return judge;
};
