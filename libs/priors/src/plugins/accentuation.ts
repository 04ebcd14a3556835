import { tensor, type Value } from '@neuron-atlas/onnx';
import { file, nonNegative, positive } from '@neuron-atlas/plugins';
import { errors } from '../errors.js';
import { resized } from '../interpolation.js';
import { readNpy } from '../npy.js';
import { definePrior } from '../prior.js';
import { halfWidth, inverseFft, recorrelate, spectrumScale } from '../spectrum.js';

/**
 * A photograph, and what must be added to it: the change is a spectrum as in `fourier`, added before the sigmoid.
 *
 * Starts at the photograph itself, but for the given noise: the pictures show what in it the unit would want more of.
 */
export const accentuation = definePrior({
  name: 'accentuation',
  version: 1,
  summary: 'Starts from a real picture and changes its spectrum.',
  source: 'Hamblin et al. 2024, Feature accentuation; Mordvintsev et al. 2015, Inceptionism',
  params: {
    picture: file('picture', 'The picture to start from.'),
    sd: nonNegative(1e-3, 'Standard deviation of the noise that is added to its spectrum at the start.'),
    decay: positive(1, 'Power of 1/f by which coefficients are weighted.'),
  },
  recipe: { transforms: [{ name: 'jitter', params: { pixels: 4 } }], learningRate: 0.01 },
  space: 'other',
  prepare: async ({ canvas: { channels, height, width }, params, file: read }): Promise<Float32Array> => {
    if (params.picture === '') throw errors.noFile({ plugin: 'accentuation', param: 'picture' });
    const found = readNpy(read('picture'));
    const [c, h, w] = found?.shape ?? [];
    if (found === undefined || found.shape.length !== 3 || c !== channels) {
      throw errors.badFile({ plugin: 'accentuation', param: 'picture', detail: found === undefined ? 'it is no NumPy array of floats' : `its shape is [${found.shape.join(', ')}], wanted [${channels}, H, W]` });
    }
    const logit = (value: number): number => Math.log(value / (1 - value));
    return resized(found.data, [c, h!, w!], height, width).map((value) => logit(Math.min(0.99, Math.max(0.01, value))));
  },
  latent: ({ canvas: { batch, channels, height, width } }) => [batch, channels, 2 * height, halfWidth(width)],
  build: ({ g, latent, canvas: { channels, height, width }, params, prepared }): Value => {
    const planes = inverseFft(g, g.mul(latent, g.constant(spectrumScale(height, width, params.decay))), { height, width });
    return g.sigmoid(g.add(channels === 3 ? recorrelate(g, planes) : planes, g.constant(tensor('f32', [1, channels, height, width], prepared))));
  },
  init: ({ size, normal, params }) => Float32Array.from({ length: size }, () => params.sd * normal()),
});
