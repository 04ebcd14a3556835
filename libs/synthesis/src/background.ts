import { type GraphBuilder, tensor, type Tensor, type Value } from '@neuron-atlas/onnx';
import { halfWidth, inverseFft, recorrelate, spectrumScale, type Draws } from '@neuron-atlas/priors';
import { randomStream } from './random.js';

/** What a transparent picture lies on. */
interface Ground { readonly channels: number; readonly height: number; readonly width: number }

/** Standard deviation of the coefficients, as in Lucid's `collapse_alpha_random`. */
const deviation = 0.5;

/** Numbers of a step's row: how far the window lies down and right, 1 or −1 for the field or its negative, and how much of it is taken for the neutral colour. */
export const backgroundColumns = 4;
export const drawBackground = (draws: Draws, { height, width }: Pick<Ground, 'height' | 'width'>): readonly number[] => [draws.below(height + 1), draws.below(width + 1), draws.below(2) === 0 ? 1 : -1, 1];
/** The neutral colour alone: scores and pictures are of this one. */
export const neutralBackground: readonly number[] = [0, 0, 1, 0];

const fieldOf = ({ channels, height, width }: Ground): Ground => ({ channels, height: 2 * height, width: 2 * width });

export function spectrumShape(ground: Ground): readonly number[] {
  const { channels, height, width } = fieldOf(ground);
  return [1, channels, 2 * height, halfWidth(width)];
}

/** Coefficients of the field of a seed. */
export function spectrumOf(ground: Ground, seed: number): Tensor {
  const shape = spectrumShape(ground);
  const { normal } = randomStream(seed, 'background spectrum');
  return tensor('f32', shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => deviation * normal()));
}

/** A random picture of four times the canvas with a spectrum of 1/f, as the prior `fourier` draws one: f32[1, C, 2H, 2W] in 0..1. */
export function backgroundField(g: GraphBuilder, spectrum: Value, ground: Ground): Value {
  const { channels, height, width } = fieldOf(ground);
  const planes = inverseFft(g, g.mul(spectrum, g.constant(spectrumScale(height, width, 1))), { height, width });
  return g.sigmoid(channels === 3 ? recorrelate(g, planes) : planes);
}

/** colours f32[N, C, H, W] and opacity f32[N, 1, H, W], apart. */
export function partsOf(g: GraphBuilder, image: Value): { readonly colours: Value; readonly opacity: Value } {
  const channels = image.shape[1]! - 1;
  return { colours: g.slice(image, [0], [channels], [1]), opacity: g.slice(image, [channels], [channels + 1], [1]) };
}

/** α · colours + (1 − α) · background: what the model sees of a picture with an alpha channel. */
export const laidOn = (g: GraphBuilder, image: Value, background: Value): Value => {
  const { colours, opacity } = partsOf(g, image);
  return g.add(background, g.mul(opacity, g.sub(colours, background)));
};

/** A step's window of the field, or its negative, f32[1, C, H, W]; `row` f32[4]. */
export function backgroundOf(g: GraphBuilder, field: Value, row: Value, neutral: Value, { height, width }: Pick<Ground, 'height' | 'width'>): Value {
  const window = g.window(field, g.cast(g.slice(row, [0], [2], [0]), 'i64'), [height, width], [2, 3]);
  const turned = g.add(g.mul(g.sub(window, 0.5), g.slice(row, [2], [3], [0])), 0.5);
  return g.add(neutral, g.mul(g.sub(turned, neutral), g.slice(row, [3], [4], [0])));
}
