import { i64 } from '@neuron-atlas/onnx';
import { oneOf, positive } from '@neuron-atlas/plugins';
import { definePrior } from '@neuron-atlas/priors';

/** Free pixels of one half; the other half is their mirror image. Faces, animals and most things that we make look like that. */
export const mirror = definePrior({
  name: 'mirror',
  version: 1,
  summary: 'Pictures that are their own mirror image.',
  source: 'written for this example',
  params: {
    scale: positive(0.1, 'Standard deviation of the starting noise, before the sigmoid.'),
    about: oneOf(['vertical', 'horizontal'], 'The axis: vertical makes left and right alike.'),
  },
  recipe: { transforms: [{ name: 'jitter', params: { pixels: 4 } }], learningRate: 0.05 },
  space: 'other',
  latent: ({ canvas: { batch, channels, height, width }, params }) =>
    (params.about === 'vertical' ? [batch, channels, height, Math.ceil(width / 2)] : [batch, channels, Math.ceil(height / 2), width]),
  build: ({ g, latent, canvas, params }) => {
    const axis = params.about === 'vertical' ? 3 : 2;
    const side = axis === 3 ? canvas.width : canvas.height;
    const half = g.sigmoid(latent);
    // An odd side has a line in the middle that is its own mirror image.
    const mirrored = Math.floor(side / 2);
    const order = g.constant(i64([mirrored], Array.from({ length: mirrored }, (_, place) => mirrored - 1 - place)));
    const other = g.gather(half, order, axis);
    return g.concat([half, other], axis);
  },
  init: ({ size, normal, params }) => Float32Array.from({ length: size }, () => params.scale * normal()),
});
