import { nonNegative, positive } from '@neuron-atlas/plugins';
import { forwardFft } from '../forward-fft.js';
import { alpha, coloured } from '../opacity.js';
import { planesOf } from '../planes-of.js';
import { definePrior } from '../prior.js';
import { halfWidth, inverseFft, spectrumScale } from '../spectrum.js';

/**
 * A picture by its spectrum: half-plane Fourier coefficients, weighted 1/f, colours decorrelated, then a sigmoid.
 *
 * Lucid's `image(fft=True, decorrelate=True)` (Olah, Mordvintsev and Schubert 2017, "Preconditioning"): coefficients
 * N(0, sd), scaled by √(H·W) / max(f, 1/max(H, W))^decay and inverse real FFT, divided by 4. The inverse FFT is two
 * constant matrix products, because ONNX has no operator for it that every provider runs.
 */
export const fourier = definePrior({
  name: 'fourier',
  version: 2,
  summary: 'Spectrum with 1/f weights and decorrelated colours, through a sigmoid.',
  source: 'Olah et al. 2017, Feature Visualization (Lucid)',
  params: {
    sd: positive(0.01, 'Standard deviation of the starting coefficients.'),
    decay: nonNegative(1, 'Power of 1/f by which coefficients are weighted.'),
    alpha,
  },
  recipe: { transforms: [{ name: 'jitter', params: { pixels: 8 } }] },
  space: 'other',
  // re over im, so that the first product needs no transposition
  opacity: ({ params }) => params.alpha,
  latent: ({ canvas: { batch, channels, height, width } }) => [batch, channels, 2 * height, halfWidth(width)],
  build: ({ g, latent, canvas, params }) => {
    const { height, width } = canvas;
    const spectrum = g.mul(latent, g.constant(spectrumScale(height, width, params.decay)));
    const planes = inverseFft(g, spectrum, { height, width });
    return g.sigmoid(coloured(g, planes, canvas));
  },
  init: ({ size, normal, params }) => Float32Array.from({ length: size }, () => params.sd * normal()),
  startAt: ({ picture, canvas, params }) => {
    const scale = spectrumScale(canvas.height, canvas.width, params.decay).data as Float32Array;
    return forwardFft(planesOf(picture, canvas), canvas).map((value, i) => value / scale[i % scale.length]!);
  },
});
