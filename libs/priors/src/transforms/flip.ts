import { share } from '@neuron-atlas/plugins';
import { linearTaps, numberOf, resample } from '../resample.js';
import { defineTransform } from '../transform.js';

/** Mirrors the picture at random. */
export const flip = defineTransform({
  name: 'flip',
  version: 1,
  summary: 'Mirrors the picture left to right, or upside down, at random.',
  source: 'tf-keras-vis and xplique, random flip',
  params: { horizontal: share(0.5, 'Chance of a mirror image left to right.'), vertical: share(0, 'Chance of one upside down.') },
  margin: () => 0,
  draw: ({ draws, params: { horizontal, vertical } }) => [draws.uniform() < vertical ? -1 : 1, draws.uniform() < horizontal ? -1 : 1],
  neutral: () => [1, 1],
  build: ({ g, image, row, canvas: { height, width } }) => {
    // o for 1, size − 1 − o for −1
    const taps = (size: number, sign: ReturnType<typeof numberOf>): ReturnType<typeof linearTaps> => linearTaps(g, { from: size, to: size }, sign, g.mul(g.sub(1, sign), (size - 1) / 2));
    return resample(g, image, taps(height, numberOf(g, row, 0)), taps(width, numberOf(g, row, 1)));
  },
});
