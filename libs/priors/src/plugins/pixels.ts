import { oneOf, positive } from '@neuron-atlas/plugins';
import { perChannel } from '../from-neutral.js';
import { logitsOf } from '../planes-of.js';
import { alpha } from '../opacity.js';
import { definePrior, neutralOf } from '../prior.js';
import { type Value } from '@neuron-atlas/onnx';

/**
 * Free pixels, through a sigmoid or clipped to what a picture may hold.
 *
 * Clipped, the latent is the distance from the colour that the model sees as zero, in units of which `span` make the whole
 * range: 255 gives the numbers of the deep-visualization-toolbox (Yosinski et al. 2015).
 */
export const pixels = definePrior({
  name: 'pixels',
  version: 2,
  summary: 'Free pixels with decay (L2), total variation and blur.',
  source: 'Yosinski et al. 2015, Understanding neural networks through deep visualization, section 4',
  params: {
    scale: positive(0.1, 'Standard deviation of the starting noise, in latent units.'),
    squash: oneOf(['sigmoid', 'clip'], 'How the latent is kept within 0 and 1.'),
    span: positive(1, 'Latent units from black to white, where it is clipped.'),
    alpha,
  },
  recipe: {
    regularisers: [
      { name: 'decay', params: { amount: 1e-3 } },
      { name: 'tv-step', params: { amount: 2e-3 } },
      { name: 'blur', params: { sigma: 0.6, every: 4 } },
    ],
    transforms: [{ name: 'jitter', params: { pixels: 4 } }],
  },
  space: 'picture',
  opacity: ({ params }) => params.alpha,
  latent: ({ canvas }) => [canvas.batch, canvas.channels, canvas.height, canvas.width],
  build: ({ g, latent, canvas, params }): Value =>
    (params.squash === 'sigmoid' ? g.sigmoid(latent) : g.add(g.mul(latent, 1 / params.span), perChannel(g, canvas.channels, (channel) => neutralOf(canvas, channel)))),
  constrain: ({ g, latent, canvas, params }) => {
    if (params.squash === 'sigmoid') return latent;
    const least = perChannel(g, canvas.channels, (channel) => -neutralOf(canvas, channel) * params.span);
    const most = perChannel(g, canvas.channels, (channel) => (1 - neutralOf(canvas, channel)) * params.span);
    return g.min(g.max(latent, least), most);
  },
  init: ({ size, normal, canvas, params }) => {
    const plane = canvas.height * canvas.width;
    return Float32Array.from({ length: size }, (_, i) => {
      const value = params.scale * normal();
      if (params.squash === 'sigmoid') return value;
      const neutral = neutralOf(canvas, Math.floor(i / plane));
      return Math.min((1 - neutral) * params.span, Math.max(-neutral * params.span, value));
    });
  },
  startAt: ({ picture, canvas, params }) => {
    if (params.squash === 'sigmoid') return logitsOf(picture);
    const plane = canvas.height * canvas.width;
    return picture.map((value, i) => (value - neutralOf(canvas, Math.floor(i / plane))) * params.span);
  },
});
