import { foldBatchNorm, graft, readModel, specialize, upgradeOpset, type Value } from '@neuron-atlas/onnx';
import { file, nonNegative, oneOf, positive, real } from '@neuron-atlas/plugins';
import { errors } from '../errors.js';
import { onCanvas, rawPicture, readGenerator, type Fit, type GeneratorGraph } from '../generator-graph.js';
import { definePrior } from '../prior.js';

/**
 * A generator's code that is also drawn to where the encoder would put its picture: d = ε1 · (E(G(h)) − h) + ∂score/∂h.
 *
 * h ← clip(h + s · d / mean|d|, least, most). Of the published noise term, N(0, 1e-17), nothing is left in float32, so there is
 * none here. The encoder reads what the generator makes, in the generator's own units.
 */
export const ppgn = definePrior({
  name: 'ppgn',
  version: 1,
  summary: 'A generator’s code that its encoder agrees with.',
  source: 'Nguyen et al. 2017, Plug and play generative networks (noiseless joint PPGN-h)',
  params: {
    model: file('bytes', 'The generator, ONNX: a code f32[N, …] in, pictures f32[N, C, H, W] out.'),
    encoder: file('bytes', 'The encoder, ONNX: the generator’s pictures in, codes out.'),
    pull: nonNegative(1e-5, 'ε1, the weight of the encoder’s pull.'),
    least: real(0, 'Lower end of every component of the code.'),
    most: real(30, 'Upper end.'),
    scale: positive(1, 'Standard deviation of the starting code.'),
    black: real(0, 'What the generator makes for black.'),
    white: real(1, 'What it makes for white.'),
    fit: oneOf(['crop', 'resize'], 'What becomes of pictures larger than the canvas: their middle, or the whole at its size.'),
  },
  recipe: { regularisers: [], transforms: [], optimiser: { name: 'mean-absolute', params: {} }, schedule: { name: 'constant', params: {} }, learningRate: 1, keep: 'last' },
  space: 'other',
  prepare: async ({ canvas, params, file: read, runtime }): Promise<GeneratorGraph> => {
    for (const param of ['model', 'encoder'] as const) if (params[param] === '') throw errors.noFile({ plugin: 'ppgn', param });
    const generator = await readGenerator('ppgn', canvas, read, runtime, { withRange: false, fit: params.fit as Fit });
    const model = upgradeOpset(readModel(read('encoder'), { name: 'the encoder of ppgn' }));
    const input = model.graph.inputs.find(({ name }) => !model.graph.initializers.has(name))!;
    const shape = generator.graph.types.get(generator.graph.outputs[0]!)!.shape;
    const encoder = foldBatchNorm(await specialize(model, { input: input.name, shape, outputs: [model.graph.outputs[0]!.name], runtime }));
    const made = encoder.types.get(encoder.outputs[0]!)!.shape;
    if (made.reduce((a, b) => a * b, 1) !== canvas.batch * generator.code.reduce((a, b) => a * b, 1)) {
      throw errors.badFile({ plugin: 'ppgn', param: 'encoder', detail: `it makes codes [${made.join(', ')}], the generator reads [${[canvas.batch, ...generator.code].join(', ')}]` });
    }
    return { ...generator, encoder };
  },
  latent: ({ canvas, prepared }) => [canvas.batch, ...prepared.code],
  build: ({ g, latent, canvas, params, prepared }): Value => onCanvas(g, rawPicture(g, prepared, latent), canvas, params),
  guide: ({ g, latent, params, prepared }): Value => {
    const encoder = prepared.encoder!;
    const again = graft(g, encoder, rawPicture(g, prepared, latent))(encoder.outputs[0]!);
    return g.mul(g.sub(g.reshape(again, latent.shape), latent), params.pull);
  },
  constrain: ({ g, latent, params }): Value => g.min(g.max(latent, params.least), params.most),
  init: ({ size, normal, params }) => Float32Array.from({ length: size }, () => params.scale * normal()),
});
