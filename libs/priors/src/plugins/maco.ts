import { tensor, type Value } from '@neuron-atlas/onnx';
import { file, nonNegative, positive } from '@neuron-atlas/plugins';
import { errors } from '../errors.js';
import { resized } from '../interpolation.js';
import { readNpy } from '../npy.js';
import { definePrior, type Canvas, type ReadFile } from '../prior.js';
import { halfWidth, inverseFft, recorrelate } from '../spectrum.js';
import { standardised } from '../standardised.js';

/**
 * A picture by the phases of its spectrum alone; how much of each frequency there is stays as in natural pictures.
 *
 * φ standardised; x = irfft2(magnitude · e^{iφ}), standardised; colours correlated again; sigmoid. The magnitudes are the
 * mean of a data set, or 1/f where none is given.
 */
export const maco = definePrior({
  name: 'maco',
  version: 1,
  summary: 'Phases alone; the magnitudes are those of natural pictures.',
  source: 'Fel et al. 2023, Unlocking feature visualization for deeper networks with magnitude constrained optimization (MACO)',
  params: {
    spectrum: file('bytes', 'Mean magnitudes of a data set, a NumPy array f32[C, H, W/2 + 1] of any size; absent: 1/f.'),
    decay: nonNegative(1, 'Power of 1/f where no spectrum is given.'),
    sd: positive(1, 'Standard deviation of the starting phases.'),
  },
  recipe: {
    transforms: [
      { name: 'crop', params: { crops: 6, sides: 'shrinking', least: 0.05, most: 0.5, spread: 0.05, centre: 0.15 } },
      { name: 'noise', params: { normal: 0.08, uniform: 0.08 } },
    ],
    optimiser: { name: 'nadam', params: {} },
    learningRate: 1,
  },
  space: 'other',
  prepare: async ({ canvas, params, file: read }) => magnitudes(canvas, params, read),
  latent: ({ canvas: { batch, channels, height, width } }) => [batch, channels, height, halfWidth(width)],
  build: ({ g, latent, canvas, prepared }): Value => {
    const { channels, height, width } = canvas;
    const magnitude = g.constant(tensor('f32', [1, channels, height, halfWidth(width)], prepared));
    const phase = standardised(g, latent);
    const spectrum = g.concat([g.mul(g.unary('Cos', phase), magnitude), g.mul(g.unary('Sin', phase), magnitude)], 2);
    const planes = standardised(g, inverseFft(g, spectrum, { height, width }));
    return g.sigmoid(channels === 3 ? recorrelate(g, planes) : planes);
  },
  init: ({ size, normal, params }) => Float32Array.from({ length: size }, () => params.sd * normal()),
});

function magnitudes({ channels, height, width }: Canvas, params: { readonly spectrum: string; readonly decay: number }, read: ReadFile): Float32Array {
  const half = halfWidth(width);
  if (params.spectrum !== '') {
    const found = readNpy(read('spectrum'));
    const [c, h, w] = found?.shape ?? [];
    if (found === undefined || found.shape.length !== 3 || c !== channels) {
      throw errors.badFile({ plugin: 'maco', param: 'spectrum', detail: found === undefined ? 'it is no NumPy array of floats' : `its shape is [${found.shape.join(', ')}], wanted [${channels}, H, W/2 + 1]` });
    }
    return spectrumAt(found.data, [channels, h!, w!], height, half);
  }
  const data = new Float32Array(channels * height * half);
  for (let i = 0; i < data.length; i++) {
    const [u, v] = [Math.floor(i / half) % height, i % half];
    const f = Math.hypot((u <= height / 2 ? u : u - height) / height, v / width);
    data[i] = 1 / Math.max(f, 1 / Math.max(height, width)) ** params.decay;
  }
  return data;
}

/** Magnitudes at another size; frequencies in y are turned so that 0 lies in the middle while they are interpolated. */
function spectrumAt(data: Float32Array, [channels, h, w]: readonly [number, number, number], height: number, half: number): Float32Array {
  if (h === height && w === half) return data;
  const turned = (from: Float32Array, rows: number, columns: number, by: number): Float32Array =>
    Float32Array.from({ length: from.length }, (_, i) => {
      const [c, y, x] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
      return from[(c * rows + ((y + by) % rows)) * columns + x]!;
    });
  const centred = resized(turned(data, h, w, Math.ceil(h / 2)), [channels, h, w], height, half);
  return turned(centred, height, half, Math.floor(height / 2));
}
