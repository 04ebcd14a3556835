import { normalAxis, type WindowGeometry } from '@neuron-atlas/onnx';
import type { Reads } from './span.js';

export const same = (to: number): Reads => ({ kind: 'same', to });
export const all: Reads = { kind: 'all' };

/** Every axis as it is. */
export const unchanged = (shape: readonly number[]): Reads[] => shape.map((_, axis) => same(axis));

/** Every axis as it is, but for some that are read whole from everywhere. */
export const wholeAlong = (shape: readonly number[], axes: readonly number[]): Reads[] => {
  const whole = new Set(axes.map((axis) => normalAxis(axis, shape.length)));
  return shape.map((_, axis) => (whole.has(axis) ? all : same(axis)));
};

/** The other way round: what each axis of a value is in one that it is broadcast to. */
export const broadcastReads = (from: readonly number[], to: readonly number[]): Reads[] => from.map((length, axis) => {
  const target = axis + to.length - from.length;
  return length === to[target] ? same(target) : all;
});

/** Place p reads element p · stride − begin + k · dilation for each tap k; what lies outside is padding. */
export function windowReads(to: number, size: number, length: number, { stride, dilation, taps, begin }: { readonly stride: number; readonly dilation: number; readonly taps: number; readonly begin: number }): Reads {
  const places = (p: number): readonly number[] => {
    const seen: number[] = [];
    for (let k = 0; k < taps; k++) {
      const place = p * stride - begin + k * dilation;
      if (place >= 0 && place < size) seen.push(place);
    }
    return seen;
  };
  return { kind: 'places', to, length, places, line: { stride, first: -begin, reach: dilation * (taps - 1) } };
}

/** The spatial axes of a convolution or a pool. */
export const windowsOf = ({ kernel, strides, dilations, pads }: WindowGeometry, input: readonly number[], output: readonly number[]): Reads[] =>
  kernel.map((taps, i) => windowReads(i + 2, input[i + 2]!, output[i + 2]!, { taps, stride: strides[i]!, dilation: dilations[i]!, begin: pads[i]! }));

/** Output channel p reads the input channels of its group. */
export function groupReads(channels: number, outputs: number, groups: number): Reads {
  if (groups === 1) return all;
  const [wide, narrow] = [channels / groups, outputs / groups];
  return { kind: 'places', to: 1, length: outputs, places: (p) => Array.from({ length: wide }, (_, i) => Math.floor(p / narrow) * wide + i) };
}

/** Place p reads the one element at `source(p)`. */
export const picked = (to: number, length: number, source: (p: number) => number | undefined): Reads => ({
  kind: 'places', to, length,
  places: (p) => { const at = source(p); return at === undefined ? [] : [at]; },
});
