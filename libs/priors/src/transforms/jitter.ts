import { count } from '@neuron-atlas/plugins';
import { defineTransform } from '../transform.js';

/** A window of the picture at a random place. */
export const jitter = defineTransform({
  name: 'jitter',
  version: 1,
  summary: 'Shifts the picture at random, by whole pixels.',
  source: 'Mordvintsev et al. 2015, Inceptionism; Lucid transform.jitter(2 · pixels)',
  params: { pixels: count(8, 'Largest shift each way.') },
  margin: ({ pixels }) => pixels,
  draw: ({ draws, params: { pixels } }) => (pixels === 0 ? [] : [draws.below(2 * pixels + 1), draws.below(2 * pixels + 1)]),
  neutral: ({ params: { pixels } }) => (pixels === 0 ? [] : [pixels, pixels]),
  build: ({ g, image, row, canvas, params: { pixels } }) => (pixels === 0 ? image : g.window(image, g.cast(row, 'i64'), [canvas.height, canvas.width], [2, 3])),
});
