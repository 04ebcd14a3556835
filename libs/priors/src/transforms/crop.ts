import { atLeastOne, nonNegative, oneOf, share } from '@neuron-atlas/plugins';
import { linearTaps, numberOf, resample } from '../resample.js';
import { defineTransform } from '../transform.js';

/**
 * Square parts of the picture, each enlarged to the canvas; the score is the mean over them.
 *
 * `shrinking` is MACO's: the side falls from `most` to `least` of the picture over the ascent, with a spread; `uniform` draws
 * it between the two; `fixed` is always `most`. Centres are normal about the middle.
 */
export const crop = defineTransform({
  name: 'crop',
  version: 1,
  summary: 'Enlarges random square parts of the picture; the score is their mean.',
  source: 'Fel et al. 2023, Unlocking feature visualization for deeper networks with magnitude constrained optimization (MACO); xplique',
  params: {
    crops: atLeastOne(6, 'Parts for each picture and step.'),
    sides: oneOf(['shrinking', 'uniform', 'fixed'], 'How sides are drawn.'),
    least: share(0.05, 'Smallest side, as a share of the picture.'),
    most: share(0.5, 'Largest side, as a share of the picture.'),
    spread: nonNegative(0.05, 'Standard deviation of the side where it shrinks.'),
    centre: nonNegative(0.15, 'Standard deviation of the centre from the middle, as a share of the picture.'),
  },
  margin: () => 0,
  copies: ({ crops }) => crops,
  draw: ({ draws, params, step, steps }) => {
    const mean = steps <= 1 ? params.most : params.most + ((params.least - params.most) * (step - 1)) / (steps - 1);
    return Array.from({ length: params.crops }, () => {
      const [y, x] = [0.5 + params.centre * draws.normal(), 0.5 + params.centre * draws.normal()];
      const side = params.sides === 'fixed' ? params.most
        : params.sides === 'uniform' ? params.least + (params.most - params.least) * draws.uniform()
        : Math.min(1, Math.max(params.least, mean + params.spread * draws.normal()));
      const within = (centre: number): number => Math.min(1 - side, Math.max(0, centre - side / 2));
      return [side, within(y), within(x)];
    }).flat();
  },
  neutral: ({ params }) => Array.from({ length: params.crops }, () => [1, 0, 0]).flat(),
  build: ({ g, image, row, canvas, params: { crops } }) => {
    const [batch, channels, height, width] = image.shape as [number, number, number, number];
    const parts = Array.from({ length: crops }, (_, i) => {
      const side = numberOf(g, row, 3 * i);
      // The corners of the part fall on the corners of the canvas.
      const taps = (size: number, to: number, start: typeof side): typeof side =>
        linearTaps(g, { from: size, to }, g.mul(side, (size - 1) / Math.max(1, to - 1)), g.mul(start, size - 1));
      const part = resample(g, image, taps(height, canvas.height, numberOf(g, row, 3 * i + 1)), taps(width, canvas.width, numberOf(g, row, 3 * i + 2)));
      return g.reshape(part, [batch, 1, channels, canvas.height, canvas.width]);
    });
    return g.reshape(g.concat(parts, 1), [batch * crops, channels, canvas.height, canvas.width]);
  },
});
