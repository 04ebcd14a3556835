import { type Attributes, floatOr, intOr, stringOr } from './attribute.js';

/** Elements of one axis, and how much of each. */
export type Taps = readonly { readonly from: number; readonly weight: number }[];

/** For every output element of a Resize along an axis, the input elements it is made of. */
export function interpolation(attrs: Attributes, size: number, out: number, scale: number): Taps[] {
  const coordinates = stringOr(attrs, 'coordinate_transformation_mode', 'half_pixel');
  const mode = stringOr(attrs, 'mode', 'nearest');
  const antialias = intOr(attrs, 'antialias', 0) === 1 && mode !== 'nearest' && out !== size;
  return Array.from({ length: out }, (_, o) => {
    const at = sourceOf(coordinates, o, size, out, scale);
    if (mode === 'nearest') return [{ from: clamped(nearest(stringOr(attrs, 'nearest_mode', 'round_prefer_floor'), at), size), weight: 1 }];
    if (antialias) return filtered(at, size, Math.max(1, 1 / scale), mode === 'linear' ? triangle : keys(floatOr(attrs, 'cubic_coeff_a', -0.75)), intOr(attrs, 'exclude_outside', 0) === 1);
    if (mode === 'linear') {
      const inside = Math.min(Math.max(at, 0), size - 1);
      const low = Math.floor(inside);
      return [{ from: low, weight: 1 - (inside - low) }, { from: Math.min(low + 1, size - 1), weight: inside - low }];
    }
    return cubic(at, size, floatOr(attrs, 'cubic_coeff_a', -0.75), intOr(attrs, 'exclude_outside', 0) === 1);
  });
}

/** The place in the input that an output element's centre falls on; in float32, as the runtime reckons. */
function sourceOf(mode: string, o: number, size: number, out: number, scale: number): number {
  if (mode === 'align_corners') return out === 1 ? 0 : Math.fround((o * (size - 1)) / (out - 1));
  if (mode === 'asymmetric') return Math.fround(o / Math.fround(scale));
  if (mode === 'pytorch_half_pixel' && out === 1) return 0;
  if (mode === 'half_pixel_symmetric') {
    // The whole is centred, where scale · size is not a whole number.
    const offset = (size / 2) * (1 - out / (scale * size));
    return Math.fround(offset + (o + 0.5) / Math.fround(scale) - 0.5);
  }
  return Math.fround(Math.fround((o + 0.5) / Math.fround(scale)) - 0.5);
}

function nearest(mode: string, at: number): number {
  if (mode === 'floor') return Math.floor(at);
  if (mode === 'ceil') return Math.ceil(at);
  const half = at - Math.floor(at) === 0.5;
  return half && mode === 'round_prefer_floor' ? Math.floor(at) : Math.floor(at + 0.5);
}

/** A kernel by the distance from its centre, 0 from `reach` on. */
interface Kernel { readonly reach: number; readonly at: (distance: number) => number }

const triangle: Kernel = { reach: 1, at: (d) => Math.max(0, 1 - d) };

/** The cubic convolution kernel (Keys 1981). */
const keys = (a: number): Kernel => ({
  reach: 2,
  at: (d) => (d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0),
});

const cubic = (at: number, size: number, a: number, excludeOutside: boolean): Taps => {
  const { at: weigh } = keys(a);
  const low = Math.floor(at);
  return withinBorder([-1, 0, 1, 2].map((i) => ({ from: low + i, weight: weigh(Math.abs(low + i - at)) })), size, excludeOutside);
};

/** The kernel stretched over what shrinks to one element, its weights brought to a sum of 1. */
function filtered(at: number, size: number, stretch: number, kernel: Kernel, excludeOutside: boolean): Taps {
  const reach = kernel.reach * stretch;
  const [from, to] = [Math.floor(at + 1 - reach), Math.floor(at + 1 + reach)];
  const taps = Array.from({ length: to - from }, (_, i) => ({ from: from + i, weight: kernel.at(Math.abs(from + i - at) / stretch) }));
  const total = taps.reduce((sum, { weight }) => sum + weight, 0);
  return withinBorder(taps.map((tap) => ({ ...tap, weight: tap.weight / total })), size, excludeOutside);
}

/** Taps beyond the border taken from it, or left out. */
function withinBorder(taps: Taps, size: number, excludeOutside: boolean): Taps {
  if (!excludeOutside) return taps.map(({ from, weight }) => ({ from: clamped(from, size), weight }));
  const inside = taps.filter(({ from }) => from >= 0 && from < size);
  const total = inside.reduce((sum, { weight }) => sum + weight, 0);
  return inside.map(({ from, weight }) => ({ from, weight: weight / total }));
}

const clamped = (index: number, size: number): number => Math.min(Math.max(index, 0), size - 1);
