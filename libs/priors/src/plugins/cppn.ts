import { tensor, type Value } from '@neuron-atlas/onnx';
import { atLeastOne } from '@neuron-atlas/plugins';
import { alpha } from '../opacity.js';
import { definePrior, type Canvas } from '../prior.js';

interface Layer { readonly inputs: number; readonly outputs: number; readonly last: boolean }

/** Each hidden layer gives two activations a neuron; the first reads place in x and y. */
const layersOf = (canvas: Pick<Canvas, 'channels'>, { layers, neurons }: { readonly layers: number; readonly neurons: number }): readonly Layer[] => [
  ...Array.from({ length: layers }, (_, i): Layer => ({ inputs: i === 0 ? 2 : 2 * neurons, outputs: neurons, last: false })),
  { inputs: 2 * neurons, outputs: canvas.channels, last: true },
];

/** f32[1, 2, H·W]: y and x, of mean 0 and standard deviation about 1. */
function places({ height, width }: Canvas): Float32Array {
  const along = (i: number, n: number): number => Math.sqrt(3) * (n === 1 ? 0 : (2 * i) / (n - 1) - 1);
  return Float32Array.from({ length: 2 * height * width }, (_, i) => (i < height * width ? along(Math.floor(i / width), height) : along(i % width, width)));
}

/**
 * A picture as a small network from place to colour, whose weights are the latent: smooth at any size.
 *
 * Activations are atan(x) / 0.67 and (atan(x)² − 0.45) / 0.396, which keep mean and variance; the last layer starts near
 * zero, so that the picture starts grey.
 */
export const cppn = definePrior({
  name: 'cppn',
  version: 1,
  summary: 'A network from place to colour; its weights are what is changed.',
  source: 'Stanley 2007, Compositional pattern producing networks; Mordvintsev et al. 2018, Differentiable image parameterizations (Lucid optvis.param.cppn)',
  params: {
    layers: atLeastOne(8, 'Hidden layers.'),
    neurons: atLeastOne(24, 'Neurons of each.'),
    alpha,
  },
  recipe: { transforms: [{ name: 'jitter', params: { pixels: 4 } }], learningRate: 0.005 },
  space: 'other',
  opacity: ({ params }) => params.alpha,
  latent: ({ canvas, params }) => [canvas.batch, layersOf(canvas, params).reduce((total, { inputs, outputs }) => total + (inputs + 1) * outputs, 0)],
  build: ({ g, latent, canvas, params }): Value => {
    const { batch, channels, height, width } = canvas;
    let x = g.constant(tensor('f32', [1, 2, height * width], places(canvas)));
    let at = 0;
    for (const { inputs, outputs, last } of layersOf(canvas, params)) {
      const weights = g.reshape(g.slice(latent, [at], [at + inputs * outputs], [1]), [batch, outputs, inputs]);
      const bias = g.reshape(g.slice(latent, [at + inputs * outputs], [at + (inputs + 1) * outputs], [1]), [batch, outputs, 1]);
      at += (inputs + 1) * outputs;
      const sum = g.add(g.matMul(weights, x), bias);
      if (last) return g.reshape(g.sigmoid(sum), [batch, channels, height, width]);
      const turn = g.unary('Atan', sum);
      x = g.concat([g.div(turn, 0.67), g.div(g.sub(g.mul(turn, turn), 0.45), 0.396)], 1);
    }
    throw new Error('unreachable: the last layer returns');
  },
  init: ({ normal, canvas, params }) => Float32Array.from(layersOf(canvas, params).flatMap(({ inputs, outputs, last }) => [
    ...Array.from({ length: inputs * outputs }, () => (last ? 0.01 : 1) * normal() / Math.sqrt(inputs)),
    ...Array.from({ length: outputs }, () => 0),
  ])),
});
