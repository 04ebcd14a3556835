import { type GraphBuilder, tensor, type Operand, type Value } from '@neuron-atlas/onnx';

/** A column of a step's row of numbers as an f32 scalar. */
export const numberOf = (g: GraphBuilder, row: Value, index: number): Value => g.reshape(g.slice(row, [index], [index + 1], [0]), []);

/** 0, 1, 2, … f32[n, 1] or f32[1, n] */
const ramp = (g: GraphBuilder, n: number, shape: readonly number[]): Value => g.constant(tensor('f32', shape, Float32Array.from({ length: n }, (_, i) => i)));

/**
 * Linear interpolation along one axis as a matrix f32[out, in]: element (o, i) = max(0, 1 − |scale · o + start − i|).
 *
 * Places outside have no weight: what comes in is taken as 0 there. A product of matrices instead of a gather has the same
 * gradient on every provider, without adding up at random order.
 */
export function linearTaps(g: GraphBuilder, sizes: { readonly from: number; readonly to: number }, scale: Operand, start: Operand): Value {
  const places = g.add(g.mul(ramp(g, sizes.to, [sizes.to, 1]), scale), start);
  return g.relu(g.sub(1, g.abs(g.sub(places, ramp(g, sizes.from, [1, sizes.from])))));
}

/** rows · x · columnsᵀ for f32[N, C, H, W], rows f32[H', H], columns f32[W', W]. */
export const resample = (g: GraphBuilder, x: Value, rows: Value, columns: Value): Value =>
  g.matMul(g.matMul(rows, x), columns, { transB: true });

/**
 * Moves each row of x along itself by `slope · (row − centre)` pixels: x'[h, w] = x[h, w + slope · (h − centre)], linear.
 *
 * Three of these are a rotation (Paeth 1986). Outside is 0.
 */
export function shear(g: GraphBuilder, x: Value, slope: Value): Value {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const centred = g.constant(tensor('f32', [height, 1, 1], Float32Array.from({ length: height }, (_, h) => h - (height - 1) / 2)));
  const places = g.add(ramp(g, width, [1, 1, width]), g.mul(centred, slope));            // f32[H, 1, W'], where each pixel comes from
  const taps = g.relu(g.sub(1, g.abs(g.sub(places, ramp(g, width, [1, width, 1])))));    // f32[H, W, W']
  const lines = g.reshape(g.transpose(x, [2, 0, 1, 3]), [height, batch * channels, width]);
  return g.transpose(g.reshape(g.matMul(lines, taps), [height, batch, channels, width]), [1, 2, 0, 3]);
}
