import { type GraphBuilder, intsOr, type Value } from '@neuron-atlas/onnx';
import { oneTap } from './one-tap.js';
import type { Surroundings } from './rule.js';

// What the CPU provider packs together on machines with AVX-512; where it packs 8, C % 16 = 0 serves too.
export const block = 16;

/**
 * Whether the gradient of a value is next read by an operator that works in plain NCHW anyway: then re-entry is lost time.
 *
 * That is so at the graph's inputs, and at an image's strided convolution, whose gradient is a ConvTranspose.
 */
export function staysPlain(value: Value, around: Surroundings): boolean {
  const node = around.producer(value);
  if (node === undefined) return true;
  // A Relu behind which a pool alone reads has no mask of its own.
  if (around.maskedByPool(value)) return staysPlain(around.value(node.inputs[0]!)!, around);
  if (node.op !== 'Conv') return false;
  const input = around.value(node.inputs[0]!);
  return input !== undefined && input.shape[1]! < fewChannels && intsOr(node.attrs, 'strides', []).some((stride) => stride > 1);
}

/** Below this many input channels (an image) one ConvTranspose beats a convolution a phase: 6.4 to 15.3 ms at 7 × 7, stride 2. */
export const fewChannels = 8;

/** Whether a value comes back into the runtime's blocked layout by `reentry`. */
export const canReenter = (value: Value): boolean => value.dtype === 'f32' && value.shape.length === 4 && value.shape[1]! % block === 0;

/**
 * The value once more, through a depthwise convolution with one tap of 1, cut off at `spatial` if that is smaller; where it may stay `plain`, cut off alone.
 *
 * After an operator that works in plain NCHW, this one convolution brings the chain of Adds, Muls and masks behind it
 * back into the runtime's blocked layout: ResNet-18 71.5 to 68.7 ms, MobileNetV2 38.0 to 34.6 (2 cores, batch 4). What
 * is to be cut off is cut off by a longer kernel, which takes half the time of a Slice before it.
 */
export function reentry(g: GraphBuilder, value: Value, spatial: readonly number[] = value.shape.slice(2), plain = false): Value {
  const over = spatial.map((size, axis) => value.shape[axis + 2]! - size);
  if (canReenter(value) && !plain) return oneTap(g, value, 1, over.map(() => 0), over.map((extra) => extra + 1), over.map(() => 1), [...over, ...over].map(() => 0));
  const axes = over.flatMap((extra, axis) => (extra > 0 ? [axis] : []));
  return axes.length === 0 ? value : g.slice(value, axes.map(() => 0), axes.map((axis) => spatial[axis]!), axes.map((axis) => axis + 2));
}
