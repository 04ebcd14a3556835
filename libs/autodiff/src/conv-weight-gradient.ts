import { type GraphBuilder, sizeOf, type Value, type WindowGeometry } from '@neuron-atlas/onnx';
import { indices } from './indices.js';
import { realTensor } from './real-tensor.js';

export interface ConvWeightInput {
  /** [N, C, …] */
  readonly x: Value;
  /** [N, O, …] */
  readonly dy: Value;
  readonly geometry: WindowGeometry;
  readonly group: number;
}

// Measured on 2 cores beside the other forms: an image's few channels, on either side, as columns by a convolution, 0.3 of the next best;
// from 1024 places of at most 32 channels a product per image, 0.8; kernels that the stride divides by rows, 0.8.
const imageChannels = 4;
const manyPlaces = 1024;
const thinChannels = 32;

/** dW[o, c, t] = Σ dy[n, o, p] · x[n, c, p·s + t·d − pad] over n and p, of y = conv(x, W): [O, C/group, …]. */
export function convWeightGradient(g: GraphBuilder, input: ConvWeightInput): Value {
  const { x, dy, geometry: { kernel, strides, dilations }, group } = input;
  const channels = x.shape[1]!;
  if (group === channels && dy.shape[1] === channels && channels > 1) return depthwise(g, input);
  if (group > 1 || kernel.length !== 2) return byTaps(g, input);
  if (channels <= imageChannels) return byColumns(g, input);
  if (dy.shape[1]! <= imageChannels && canTurn(input)) return byColumnsOfGradient(g, input);
  if (kernel.every((k) => k === 1) && strides.every((s) => s === 1)) return byTaps(g, input);
  if (strides[1]! > 1 && kernel[1]! % strides[1]! === 0 && dilations.every((d) => d === 1)) return byRows(g, input);
  return byPixels(g, input, sizeOf(dy.shape.slice(2)) >= manyPlaces && channels <= thinChannels);
}

/** One product a tap, [O, P] · [P, C] for each image and group, summed over the images: any rank, groups, 1 × 1 kernels. */
function byTaps(g: GraphBuilder, input: ConvWeightInput): Value {
  const { x, dy, geometry: { kernel }, group } = input;
  const [n, o, ...out] = dy.shape as [number, number, ...number[]];
  const [perIn, perOut, places] = [x.shape[1]! / group, o / group, sizeOf(out)];
  const rows = g.reshape(dy, [n, group, perOut, places]);
  const parts = tapsOf(g, input, 2).map((seen) => {
    const product = g.matMul(rows, g.reshape(seen, [n, group, perIn, places]), { transB: true });
    return g.reshape(n === 1 ? product : g.sum(product, [0]), [o, perIn, 1]);
  });
  return g.reshape(g.concat(parts, 2), [o, perIn, ...kernel]);
}

/** One channel to one: a product and a sum a tap. */
function depthwise(g: GraphBuilder, input: ConvWeightInput): Value {
  const { x, dy, geometry: { kernel } } = input;
  const axes = dy.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const parts = tapsOf(g, input, 2).map((seen) => g.reshape(g.sum(g.mul(dy, seen), axes), [x.shape[1]!, 1, 1]));
  return g.reshape(g.concat(parts, 2), [x.shape[1]!, 1, ...kernel]);
}

/** Pixels outermost, so that a tap's slice copies whole runs of channels: one product a tap over all images, or one an image. */
function byPixels(g: GraphBuilder, input: ConvWeightInput, perImage: boolean): Value {
  const { x, dy, geometry: { kernel } } = input;
  const [n, o, ...out] = dy.shape as [number, number, ...number[]];
  const [c, places] = [x.shape[1]!, sizeOf(out)];
  const rows = perImage ? g.reshape(dy, [n, o, places]) : g.reshape(g.transpose(dy, [1, 0, 2, 3]), [o, n * places]);
  const parts = tapsOf(g, { ...input, x: g.transpose(x, [0, 2, 3, 1]) }, 1).map((seen) => {
    const product = g.matMul(rows, g.reshape(seen, perImage ? [n, places, c] : [n * places, c]));
    return g.reshape(perImage ? g.sum(product, [0]) : product, [o, c, 1]);
  });
  return g.reshape(g.concat(parts, 2), [o, c, ...kernel]);
}

/** A kernel as wide as some strides: `stride` neighbouring columns become channels, for a product with longer rows and fewer taps. */
function byRows(g: GraphBuilder, { x, dy, geometry: { kernel, strides, pads } }: ConvWeightInput): Value {
  const [n, o, ...out] = dy.shape as [number, number, number, number];
  const c = x.shape[1]!;
  const stride = strides[1]!;
  const [places, wide, across] = [sizeOf(out), stride * c, kernel[1]! / stride];
  // As far as the windows reach: the width is then a whole number of strides.
  const reach = kernel.map((k, i) => (out[i]! - 1) * strides[i]! + k);
  const end = reach.map((size, i) => size - x.shape[i + 2]! - pads[i]!);
  const pixels = g.pad(g.transpose(x, [0, 2, 3, 1]), [0, pads[0]!, pads[1]!, 0, 0, end[0]!, end[1]!, 0]);
  const grouped = g.reshape(pixels, [n, reach[0]!, reach[1]! / stride, wide]);
  const rows = g.reshape(g.transpose(dy, [1, 0, 2, 3]), [o, n * places]);
  const parts = indices([kernel[0]!, across]).map(([i, j]) => {
    const seen = g.slice(grouped, [i!, j!], [i! + (out[0] - 1) * strides[0]! + 1, j! + out[1]], [1, 2], [strides[0]!, 1]);
    return g.reshape(g.matMul(rows, g.reshape(seen, [n * places, wide])), [o, 1, wide]);
  });
  const taps = g.reshape(g.concat(parts, 1), [o, kernel[0]! * kernel[1]!, c]);
  return g.reshape(g.transpose(taps, [0, 2, 1]), [o, c, ...kernel]);
}

/** A few channels: every tap's view as a channel of its own, by one depthwise convolution, and one product an image. */
function byColumns(g: GraphBuilder, { x, dy, geometry }: ConvWeightInput): Value {
  const { kernel, strides, dilations, pads } = geometry;
  const [n, o, ...out] = dy.shape as [number, number, ...number[]];
  const [c, taps, places] = [x.shape[1]!, sizeOf(kernel), sizeOf(out)];
  const oneHot = Array.from({ length: c * taps * taps }, (_, i) => (Math.floor(i / taps) % taps === i % taps ? 1 : 0));
  const views = g.conv(x, g.constant(realTensor(x.dtype, [c * taps, 1, ...kernel], oneHot)), undefined, { strides, dilations, pads, group: c });
  const product = g.matMul(g.reshape(dy, [n, o, places]), g.reshape(views, [n, c * taps, places]), { transB: true });
  return g.reshape(n === 1 ? product : g.sum(product, [0]), [o, c, ...kernel]);
}

/** Whether the other side's views are a convolution without strides and crops. */
const canTurn = ({ x, dy, geometry: { kernel, strides, dilations, pads } }: ConvWeightInput): boolean =>
  strides.every((s) => s === 1) && kernel.every((k, i) => pads[i]! <= dilations[i]! * (k - 1) && x.shape[i + 2]! - dy.shape[i + 2]! + pads[i]! >= 0);

/** A few channels in dy: the same with the roles swapped, dW[o, c, t] = Σ x[n, c, q] · dy[n, o, q − t·d + pad]. */
function byColumnsOfGradient(g: GraphBuilder, { x, dy, geometry: { kernel, dilations, pads } }: ConvWeightInput): Value {
  const [n, c, ...spatial] = x.shape as [number, number, ...number[]];
  const o = dy.shape[1]!, taps = sizeOf(kernel), places = sizeOf(spatial);
  const begin = kernel.map((k, i) => dilations[i]! * (k - 1) - pads[i]!);
  const end = kernel.map((_, i) => spatial[i]! - dy.shape[i + 2]! + pads[i]!);
  // The kernel turned round: the view of tap t is taken by the last tap but t.
  const oneHot = Array.from({ length: o * taps * taps }, (_, i) => (Math.floor(i / taps) % taps === taps - 1 - (i % taps) ? 1 : 0));
  const views = g.conv(dy, g.constant(realTensor(dy.dtype, [o * taps, 1, ...kernel], oneHot)), undefined, { dilations, pads: [...begin, ...end], group: o });
  const product = g.matMul(g.reshape(x, [n, c, places]), g.reshape(views, [n, o * taps, places]), { transB: true });
  return g.transpose(g.reshape(n === 1 ? product : g.sum(product, [0]), [c, o, ...kernel]), [1, 0, ...kernel.map((_, i) => i + 2)]);
}

/** What each tap of the kernel sees, in the order of the kernel: x padded and sliced, its spatial axes starting at `first`. */
function tapsOf(g: GraphBuilder, { x, dy, geometry }: ConvWeightInput, first: number): Value[] {
  const { kernel, strides, dilations } = geometry;
  const out = dy.shape.slice(2);
  const padded = padSpatial(g, x, geometry, out, first);
  const axes = kernel.map((_, i) => i + first);
  return indices(kernel).map((tap) => {
    const starts = tap.map((t, i) => t * dilations[i]!);
    const ends = starts.map((start, i) => start + (out[i]! - 1) * strides[i]! + 1);
    const whole = starts.every((start, i) => start === 0 && ends[i] === padded.shape[i + first]) && strides.every((s) => s === 1);
    return whole ? padded : g.slice(padded, starts, ends, axes, strides);
  });
}

/** x with its pads made explicit, at least as far as the windows reach. */
function padSpatial(g: GraphBuilder, x: Value, { kernel, strides, dilations, pads }: WindowGeometry, out: readonly number[], first: number): Value {
  const all = Array.from({ length: 2 * x.shape.length }, () => 0);
  kernel.forEach((k, i) => {
    all[i + first] = pads[i]!;
    all[i + first + x.shape.length] = Math.max(0, (out[i]! - 1) * strides[i]! + dilations[i]! * (k - 1) + 1 - x.shape[i + first]! - pads[i]!);
  });
  return all.every((pad) => pad === 0) ? x : g.pad(x, all);
}
