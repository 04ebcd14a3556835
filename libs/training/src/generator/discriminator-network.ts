import { float, type Value } from '@neuron-atlas/onnx';
import { zeros, type Parameter } from '../parameter.js';
import { leakyNormal, type GeneratorShape, type Network } from './generator-network.js';

const slope = 0.2;

/**
 * picture f32[N, C, S, S] → f32[N, 1, s, s]: how real each part of it looks, as a logit.
 *
 * Convolutions of 4 × 4 and stride 2 down to 8 × 8 or less, then one of 3 × 3. It judges places, not whole pictures: with
 * a few thousand pictures it then learns textures and edges instead of the pictures by heart.
 */
export function discriminatorNetwork({ size, channels, width }: GeneratorShape): Network {
  const downs: { readonly name: string; readonly from: number; readonly to: number }[] = [];
  for (let [side, from] = [size, channels]; side > 8; side /= 2) {
    const to = width * Math.min(2, size / side);
    downs.push({ name: `down${side / 2}`, from, to });
    from = to;
  }
  const last = downs.at(-1)!.to;
  const pair = (name: string, shape: readonly number[], fanIn: number): Parameter[] => [
    { name: `discriminator.${name}.weight`, shape, init: leakyNormal(fanIn, slope) }, { name: `discriminator.${name}.bias`, shape: [shape[0]!], init: zeros },
  ];
  return {
    parameters: [...downs.flatMap(({ name, from, to }) => pair(name, [to, from, 4, 4], 16 * from)), ...pair('verdict', [1, last, 3, 3], 9 * last)],
    build: (g, picture, parameter) => {
      const [w, b] = [(name: string): Value => parameter(`discriminator.${name}.weight`), (name: string): Value => parameter(`discriminator.${name}.bias`)];
      const x = downs.reduce((before, { name }) =>
        g.unary('LeakyRelu', g.conv(before, w(name), b(name), { strides: [2, 2], pads: [1, 1, 1, 1] }), { alpha: float(slope) }), picture);
      return g.conv(x, w('verdict'), b('verdict'), { pads: [1, 1, 1, 1] });
    },
  };
}
