import { type Value } from '@neuron-atlas/onnx';
import { atLeastOne, positive } from '@neuron-atlas/plugins';
import { interpolation, resized } from '../interpolation.js';
import { alpha, coloured } from '../opacity.js';
import { planesOf } from '../planes-of.js';
import { definePrior, type Canvas } from '../prior.js';
import { resample } from '../resample.js';

/** The sizes of the levels, finest first: each half of the one before, at least 1. */
const levelsOf = ({ height, width }: Canvas, levels: number): readonly (readonly [number, number])[] =>
  Array.from({ length: levels }, (_, i) => [Math.max(1, Math.round(height / 2 ** i)), Math.max(1, Math.round(width / 2 ** i))] as const);

/** The numbers of all levels, finest first, that add up to a picture: the coarsest takes what it can show of it, each finer one what is left. */
function levelled(planes: Float32Array, { channels, height, width }: Canvas, levels: readonly (readonly [number, number])[]): Float32Array {
  let left = planes;
  const coarsestFirst = levels.toReversed().map(([h, w]): Float32Array => {
    const part = resized(left, [channels, height, width], h, w);
    const shown = resized(part, [channels, h, w], height, width);
    left = left.map((value, i) => value - shown[i]!);
    return part;
  });
  const size = coarsestFirst.reduce((sum, part) => sum + part.length, 0);
  const latent = new Float32Array(size);
  coarsestFirst.reduce((end, part) => (latent.set(part, end - part.length), end - part.length), size);
  return latent;
}

/** A sum of pictures of halving size, each enlarged to the canvas: coarse forms need few steps. */
export const pyramid = definePrior({
  name: 'pyramid',
  version: 1,
  summary: 'A Laplacian pyramid with decorrelated colours, through a sigmoid.',
  source: 'Burt and Adelson 1983; Lucid optvis.param.laplacian_pyramid_image',
  params: {
    levels: atLeastOne(4, 'Pictures that are added up.'),
    sd: positive(0.1, 'Standard deviation of the starting numbers.'),
    alpha,
  },
  recipe: { transforms: [{ name: 'jitter', params: { pixels: 8 } }] },
  space: 'other',
  opacity: ({ params }) => params.alpha,
  latent: ({ canvas, params }) => [canvas.batch, canvas.channels * levelsOf(canvas, params.levels).reduce((total, [h, w]) => total + h * w, 0)],
  build: ({ g, latent, canvas, params }): Value => {
    let at = 0;
    const parts = levelsOf(canvas, params.levels).map(([h, w]) => {
      const size = canvas.channels * h * w;
      const level = g.reshape(g.slice(latent, [at], [at + size], [1]), [canvas.batch, canvas.channels, h, w]);
      at += size;
      return h === canvas.height && w === canvas.width ? level
        : resample(g, level, g.constant(interpolation(h, canvas.height)), g.constant(interpolation(w, canvas.width)));
    });
    const planes = parts.reduce((total, part) => g.add(total, part));
    return g.sigmoid(coloured(g, planes, canvas));
  },
  init: ({ size, normal, params }) => Float32Array.from({ length: size }, () => params.sd * normal()),
  startAt: ({ picture, canvas, params }) => levelled(planesOf(picture, canvas), canvas, levelsOf(canvas, params.levels)),
});
