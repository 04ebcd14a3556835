import { positive } from '@neuron-atlas/plugins';
import { fromNeutral, perChannel } from '../from-neutral.js';
import { linearTaps, numberOf, resample } from '../resample.js';
import { defineTransform } from '../transform.js';

/** Zooms about the centre by a random factor; what comes in from outside is grey. */
export const scale = defineTransform({
  name: 'scale',
  version: 1,
  summary: 'Zooms the picture by a random factor, on the same canvas.',
  source: 'Lucid transform.random_scale([1 + (i − 5) / 50 for i in range(11)])',
  params: {
    least: positive(0.9, 'Smallest factor.'),
    most: positive(1.1, 'Largest factor.'),
    step: positive(0.02, 'Distance of the factors, each equally likely.'),
  },
  margin: () => 0,
  draw: ({ draws, params: { least, most, step } }) => [least + step * draws.below(Math.floor((most - least) / step + 1e-9) + 1)],
  neutral: () => [1],
  build: ({ g, image, row, canvas: { height, width } }) => {
    // The pixel at o comes from (o − centre) / factor + centre.
    const shrink = g.div(1, numberOf(g, row, 0));
    const taps = (size: number): ReturnType<typeof linearTaps> => linearTaps(g, { from: size, to: size }, shrink, g.mul(g.sub(1, shrink), (size - 1) / 2));
    const grey = (): number => 0.5;
    return g.add(resample(g, fromNeutral(g, image, grey), taps(height), taps(width)), perChannel(g, image.shape[1]!, grey));
  },
});
