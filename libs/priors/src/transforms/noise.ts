import { nonNegative } from '@neuron-atlas/plugins';
import { defineTransform } from '../transform.js';

/**
 * Adds a random pattern: one of four signs and places of a table drawn at the start, of four times the canvas.
 *
 * A table for each step would be larger than the model; windows of one are nearly independent.
 */
export const noise = defineTransform({
  name: 'noise',
  version: 1,
  summary: 'Adds normal and uniform noise to what the model sees.',
  source: 'Fel et al. 2023 (MACO), where both have the same sigma',
  params: {
    normal: nonNegative(0.08, 'Standard deviation of the normal part.'),
    uniform: nonNegative(0.08, 'Width of the uniform part, centred on 0.'),
  },
  margin: () => 0,
  draw: ({ draws, height, width }) => [draws.below(height + 1), draws.below(width + 1), draws.below(2) === 0 ? 1 : -1],
  neutral: () => [0, 0, 0],
  bank: ({ params, channels, height, width }) => ({
    shape: [1, channels, 2 * height, 2 * width],
    fill: (draws) => params.normal * draws.normal() + params.uniform * (draws.uniform() - 0.5),
  }),
  build: ({ g, image, row, bank, canvas }) => {
    const window = g.window(bank!, g.cast(g.slice(row, [0], [2], [0]), 'i64'), [canvas.height, canvas.width], [2, 3]);
    return g.add(image, g.mul(window, g.slice(row, [2], [3], [0])));
  },
});
