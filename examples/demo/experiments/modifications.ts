import { luminanceOf, radialSpectrum } from '@neuron-atlas/quality';
import { pictureSize } from '../model.js';

/** A change to a picture u8[64, 64, 3], and a number that shows it without asking any network. */
export interface Modification {
  readonly name: string;
  readonly apply: (pixels: Uint8Array) => Uint8Array;
  readonly statistic: { readonly name: string; readonly of: (pixels: Uint8Array) => number };
}

const size = pictureSize, half = size / 2;

export const modifications: readonly Modification[] = [
  {
    name: 'BGR', apply: (pixels) => pixels.map((_, at) => pixels[at - (at % 3) + 2 - (at % 3)]!),
    statistic: { name: 'red less blue, weighted by saturation', of: redLessBlue },
  },
  {
    name: 'mosaic', apply: swappedQuarters,
    statistic: { name: 'log10 of steps across the middle lines ÷ steps from border to opposite border', of: seams },
  },
  {
    name: 'blur', apply: (pixels) => blurred(pixels, 2.5),
    statistic: { name: 'log10 power from 8 to 32 cycles', of: (pixels) => Math.log10(radialSpectrum(luminanceOf({ data: pixels, width: size, height: size, channels: 3 }), size).slice(7).reduce((a, b) => a + b, 0) + 1e-10) },
  },
];

/** Σ s (R − B) / Σ s, s the saturation (largest less smallest): vivid pixels decide. */
function redLessBlue(pixels: Uint8Array): number {
  let [sum, weights] = [0, 0];
  for (let at = 0; at < pixels.length; at += 3) {
    const [r, g, b] = [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
    const saturation = Math.max(r, g, b) - Math.min(r, g, b);
    sum += (saturation * (r - b)) / 255;
    weights += saturation;
  }
  return weights === 0 ? 0 : sum / weights;
}

/** Quarters change places with those diagonally opposite. */
function swappedQuarters(pixels: Uint8Array): Uint8Array {
  return Uint8Array.from(pixels, (_, at) => {
    const channel = at % 3, place = (at - channel) / 3, x = place % size, y = (place - x) / size;
    return pixels[3 * (((y + half) % size) * size + ((x + half) % size)) + channel]!;
  });
}

/** log10 of how much larger steps across the middle lines are than those from one border to the opposite one: quarters that changed places have them the other way round. */
function seams(pixels: Uint8Array): number {
  const step = (a: number, b: number): number => [0, 1, 2].reduce((sum, channel) => sum + Math.abs(pixels[3 * a + channel]! - pixels[3 * b + channel]!), 0);
  let [middle, borders] = [1, 1];
  for (let i = 0; i < size; i++) {
    middle += step(i * size + half - 1, i * size + half) + step((half - 1) * size + i, half * size + i);
    borders += step(i * size + size - 1, i * size) + step((size - 1) * size + i, i);
  }
  return Math.log10(middle / borders);
}

/** A Gaussian blur, the edge repeated. */
function blurred(pixels: Uint8Array, sigma: number): Uint8Array {
  const reach = Math.ceil(3 * sigma);
  const taps = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = taps.reduce((a, b) => a + b, 0);
  const along = (from: Float64Array, step: 'across' | 'down'): Float64Array => from.map((_, at) => {
    const channel = at % 3, place = (at - channel) / 3, x = place % size, y = (place - x) / size;
    return taps.reduce((sum, tap, i) => {
      const moved = (value: number): number => Math.min(size - 1, Math.max(0, value + i - reach));
      return sum + tap * from[3 * ((step === 'down' ? moved(y) : y) * size + (step === 'across' ? moved(x) : x)) + channel]!;
    }, 0) / total;
  });
  return Uint8Array.from(along(along(Float64Array.from(pixels), 'across'), 'down'), Math.round);
}
