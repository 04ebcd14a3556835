import { count, oneOf } from '@neuron-atlas/plugins';
import { fromNeutral, perChannel } from '../from-neutral.js';
import { neutralOf } from '../prior.js';
import { defineTransform } from '../transform.js';

/** A border round the picture: what lies there cannot be used by the ascent. */
export const pad = defineTransform({
  name: 'pad',
  version: 1,
  summary: 'Adds a border of grey, or of the colour that the model sees as zero.',
  source: 'Lucid transform.pad(12, mode="constant", constant_value=.5)',
  params: { pixels: count(12, 'Width of the border.'), fill: oneOf(['grey', 'neutral'], 'Its colour: 0.5, or what the model sees as zero.') },
  margin: ({ pixels }) => -pixels,
  draw: () => [],
  neutral: () => [],
  build: ({ g, image, canvas, params: { pixels, fill } }) => {
    if (pixels === 0) return image;
    const value = (channel: number): number => (fill === 'grey' ? 0.5 : neutralOf(canvas, channel));
    const padded = g.pad(fromNeutral(g, image, value), [0, 0, pixels, pixels, 0, 0, pixels, pixels]);
    return g.add(padded, perChannel(g, image.shape[1]!, value));
  },
});
