import { type GraphBuilder, sizeOf, type Value } from '@neuron-atlas/onnx';
import type { WindowGeometry } from './window-geometry.js';

export interface ConvWeightInput {
  /** [N, C, …] */
  readonly x: Value;
  /** [N, O, …] */
  readonly dy: Value;
  readonly geometry: WindowGeometry;
  readonly group: number;
}

/** dW of y = conv(x, W): [O, C/group, …]. */
export function convWeightGradient(g: GraphBuilder, input: ConvWeightInput): Value {
  return taps(g, input);
}

/** dW[o, c, t] = Σ dy[n, o, p] · x[n, c, p·s + t·d − pad] over n and p: one product a tap, any rank, groups and dilations. */
function taps(g: GraphBuilder, { x, dy, geometry, group }: ConvWeightInput): Value {
  const { kernel, strides, dilations } = geometry;
  const [n, o, ...out] = dy.shape as [number, number, ...number[]];
  const c = x.shape[1]!;
  const [perIn, perOut, places] = [c / group, o / group, sizeOf(out)];
  const padded = padSpatial(g, x, geometry, out);
  const rows = g.reshape(dy, [n, group, perOut, places]);
  const axes = kernel.map((_, i) => i + 2);
  const parts = indices(kernel).map((tap) => {
    const starts = tap.map((t, i) => t * dilations[i]!);
    const ends = starts.map((start, i) => start + (out[i]! - 1) * strides[i]! + 1);
    const whole = starts.every((start, i) => start === 0 && ends[i] === padded.shape[i + 2]) && strides.every((s) => s === 1);
    const seen = whole ? padded : g.slice(padded, starts, ends, axes, strides);
    // [N, group, O/group, P] · [N, group, P, C/group]
    const product = g.matMul(rows, g.reshape(seen, [n, group, perIn, places]), { transB: true });
    return g.reshape(n === 1 ? product : g.sum(product, [0]), [o, perIn, 1]);
  });
  return g.reshape(g.concat(parts, 2), [o, perIn, ...kernel]);
}

/** x with its pads made explicit, exactly as far as the windows reach. */
function padSpatial(g: GraphBuilder, x: Value, { kernel, strides, dilations, pads }: WindowGeometry, out: readonly number[]): Value {
  const rank = kernel.length;
  const begin = pads.slice(0, rank);
  const reach = kernel.map((k, i) => (out[i]! - 1) * strides[i]! + dilations[i]! * (k - 1) + 1);
  const end = reach.map((size, i) => Math.max(0, size - x.shape[i + 2]! - begin[i]!));
  const all = [0, 0, ...begin, 0, 0, ...end];
  return all.every((pad) => pad === 0) ? x : g.pad(x, all);
}

/** Every index of a shape, the last axis fastest. */
export function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>((all, size) => all.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])), [[]]);
}
