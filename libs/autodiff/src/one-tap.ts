import { type GraphBuilder, sizeOf, type Value } from '@neuron-atlas/onnx';
import { realTensor } from './real-tensor.js';
import { safeConv } from './safe-conv.js';

/** A depthwise convolution whose kernel, `lengths` long, is `factor` at one place and zero elsewhere: it picks, shifts or crops. */
export function oneTap(g: GraphBuilder, x: Value, factor: number, at: readonly number[], lengths: readonly number[], strides: readonly number[], pads: readonly number[]): Value {
  const channels = x.shape[1]!;
  const taps = sizeOf(lengths);
  const place = at.reduce((flat, i, axis) => flat * lengths[axis]! + i, 0);
  const kernel = Array.from({ length: channels * taps }, (_, i) => (i % taps === place ? factor : 0));
  return safeConv(g, x, g.constant(realTensor(x.dtype, [channels, 1, ...lengths], kernel)), { strides, pads, group: channels });
}
