import { type GraphBuilder, sizeOf, type Value } from '@neuron-atlas/onnx';
import { croppingConv } from './cropping-conv.js';
import { realTensor } from './real-tensor.js';

/** A depthwise convolution whose kernel, `lengths` long, is `factor` at one place and zero elsewhere: it picks, shifts or crops. */
export function oneTap(g: GraphBuilder, x: Value, factor: number, at: readonly number[], lengths: readonly number[], strides: readonly number[], pads: readonly number[]): Value {
  if (lengths.length > 2) return apart(g, x, factor, at, lengths, strides, pads);
  const channels = x.shape[1]!;
  const taps = sizeOf(lengths);
  const place = at.reduce((flat, i, axis) => flat * lengths[axis]! + i, 0);
  const kernel = Array.from({ length: channels * taps }, (_, i) => (i % taps === place ? factor : 0));
  return croppingConv(g, x, g.constant(realTensor(x.dtype, [channels, 1, ...lengths], kernel)), { strides, pads, group: channels });
}

/** In three dimensions the WebGPU provider of ONNX Runtime 1.30 has no groups: every channel becomes a picture of its own. */
function apart(g: GraphBuilder, x: Value, factor: number, at: readonly number[], lengths: readonly number[], strides: readonly number[], pads: readonly number[]): Value {
  const [n, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const place = at.reduce((flat, i, axis) => flat * lengths[axis]! + i, 0);
  const kernel = Array.from({ length: sizeOf(lengths) }, (_, i) => (i === place ? factor : 0));
  const picked = croppingConv(g, g.reshape(x, [n * channels, 1, ...spatial]), g.constant(realTensor(x.dtype, [1, 1, ...lengths], kernel)), { strides, pads });
  return g.reshape(picked, [n, channels, ...picked.shape.slice(2)]);
}
