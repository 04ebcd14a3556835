import { tensor, type Tensor } from '@neuron-atlas/onnx';
import { nonNegative, positive } from '@neuron-atlas/plugins';
import { definePrior } from '../prior.js';
import { halfWidth, inverseFft, recorrelate } from '../spectrum.js';

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
  },
  recipe: { transforms: [{ name: 'jitter', params: { pixels: 8 } }] },
  space: 'other',
  // re over im, so that the first product needs no transposition
  latent: ({ canvas: { batch, channels, height, width } }) => [batch, channels, 2 * height, halfWidth(width)],
  build: ({ g, latent, canvas: { channels, height, width }, params }) => {
    const spectrum = g.mul(latent, g.constant(spectrumScale(height, width, params.decay)));
    const planes = inverseFft(g, spectrum, { height, width });
    return g.sigmoid(channels === 3 ? recorrelate(g, planes) : planes);
  },
  init: ({ size, normal, params }) => Float32Array.from({ length: size }, () => params.sd * normal()),
});

/** √(H·W) / (4 · max(f, 1/max(H, W))^decay), f in cycles a pixel; the same for re and im. f32[2H, W/2+1] */
function spectrumScale(height: number, width: number, decay: number): Tensor {
  const half = halfWidth(width);
  const data = new Float32Array(2 * height * half);
  for (let row = 0; row < 2 * height; row++) {
    const u = row % height;
    const fy = (u <= height / 2 ? u : u - height) / height;
    for (let v = 0; v < half; v++) {
      const f = Math.hypot(fy, v / width);
      data[row * half + v] = Math.sqrt(height * width) / (4 * Math.max(f, 1 / Math.max(height, width)) ** decay);
    }
  }
  return tensor('f32', [2 * height, half], data);
}
