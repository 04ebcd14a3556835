import { tensor, type Value } from '@neuron-atlas/onnx';
import { file, oneOf, positive, real, share } from '@neuron-atlas/plugins';
import { onCanvas, rawPicture, readGenerator, type Fit, type GeneratorGraph } from '../generator-graph.js';
import { errors } from '../errors.js';
import { readNpy } from '../npy.js';
import { definePrior } from '../prior.js';

/**
 * A picture by the code of a generator network, which has learnt what natural pictures look like.
 *
 * After each step the code is clipped to its range, then shrunk: code ← keep · clip(code), and where shrinking leads out of a
 * range, because 0 is not in it, clipped once more. The picture that is kept is that of the last step, as the highest score
 * is not what is recognised best. The model's own scale cancels out, because the step
 * is divided by the mean size of its numbers.
 */
export const generator = definePrior({
  name: 'generator',
  version: 2,
  summary: 'The code of a generator network, within the range of natural codes.',
  source: 'Nguyen et al. 2016, Synthesizing the preferred inputs for neurons in neural networks via deep generator networks (DGN-AM)',
  params: {
    model: file('bytes', 'The generator, ONNX: a code f32[N, …] in, pictures f32[N, C, H, W] out.'),
    range: file('bytes', 'JSON with `lower` and `upper`, a number or one for each component of the code, as `train generator` writes it; absent: no clipping.'),
    start: file('bytes', 'A code to start from, a NumPy array; absent: normal draws.'),
    keep: share(0.99, 'What is left of the code after each step.'),
    scale: positive(1, 'Standard deviation of the starting code.'),
    black: real(0, 'What the generator makes for black.'),
    white: real(1, 'What it makes for white.'),
    fit: oneOf(['crop', 'resize'], 'What becomes of pictures larger than the canvas: their middle, or the whole at its size.'),
  },
  recipe: { regularisers: [], transforms: [], optimiser: { name: 'mean-absolute', params: {} }, schedule: { name: 'linear', params: { end: 1e-10 } }, learningRate: 8, keep: 'last' },
  space: 'other',
  prepare: async ({ canvas, params, file: read, runtime }): Promise<GeneratorGraph> => {
    if (params.model === '') throw errors.noFile({ plugin: 'generator', param: 'model' });
    return readGenerator('generator', canvas, read, runtime, { withRange: params.range !== '', fit: params.fit as Fit });
  },
  latent: ({ canvas, prepared }) => [canvas.batch, ...prepared.code],
  build: ({ g, latent, canvas, params, prepared }): Value => {
    // Not clipped: a generator's values beyond black and white keep their gradient, as in the publication.
    return onCanvas(g, rawPicture(g, prepared, latent), canvas, params);
  },
  constrain: ({ g, latent, params, prepared: { lower, upper, code } }): Value => {
    const shrink = (values: Value): Value => (params.keep === 1 ? values : g.mul(values, params.keep));
    if (lower === undefined || upper === undefined) return shrink(latent);
    const bound = (values: Float32Array): Value => g.constant(tensor('f32', [1, ...code], values));
    const clip = (values: Value): Value => g.min(g.max(values, bound(lower)), bound(upper));
    const shrunk = shrink(clip(latent));
    return params.keep === 1 || lower.every((low, i) => low <= 0 && upper[i]! >= 0) ? shrunk : clip(shrunk);
  },
  init: ({ size, normal, params, file: read }) => {
    if (params.start === '') return Float32Array.from({ length: size }, () => params.scale * normal());
    const found = readNpy(read('start'));
    if (found?.data.length !== size) throw errors.badFile({ plugin: 'generator', param: 'start', detail: `it is no NumPy array of ${size} floats` });
    return found.data;
  },
});
