import { int, ints, intsOr, string, windowGeometry } from '@neuron-atlas/onnx';
import { positive } from '../masks.js';
import { maxPoolGradient, type MaxPoolGradientInput, maxPoolGradientInParts } from '../max-pool-gradient.js';
import { staysPlain } from '../reentry.js';
import { defineVjp, type VjpContext } from '../rule.js';

export const maxPool = defineVjp({
  op: 'MaxPool',
  since: [12, 22],
  inputs: ['x'],
  outputs: ['y', 'indices?'],
  vjp: (ctx) => ({ x: () => maxPoolGradient(ctx.g, gradientInput(ctx)) }),
  inParts: (ctx, sizes) => maxPoolGradientInParts(ctx.g, gradientInput(ctx), sizes),
  examples: [
    { shapes: [[2, 3, 6, 6]], attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }, distinct: true },
    { shapes: [[1, 3, 7, 8]], attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }, distinct: true },
    { shapes: [[1, 16, 7, 8]], attrs: { kernel_shape: ints([3, 3]), strides: ints([2, 2]) }, distinct: true },
    { shapes: [[2, 3, 7, 8]], attrs: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }, distinct: true },
    { shapes: [[2, 3, 7, 8]], attrs: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }, distinct: true, range: [-2, -1] },
    { shapes: [[1, 3, 8, 7]], attrs: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) }, distinct: true },
    { shapes: [[1, 2, 9, 10]], attrs: { kernel_shape: ints([3, 2]), strides: ints([3, 4]), pads: ints([0, 1, 1, 0]) }, distinct: true },
    { shapes: [[1, 2, 6, 6]], attrs: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) }, distinct: true },
    { shapes: [[1, 2, 7, 7]], attrs: { kernel_shape: ints([2, 2]), dilations: ints([2, 2]), strides: ints([2, 2]) }, distinct: true },
    { shapes: [[1, 2, 7, 6]], attrs: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), auto_pad: string('SAME_UPPER') }, distinct: true },
    { shapes: [[1, 2, 3, 3]], attrs: { kernel_shape: ints([3, 3]), strides: ints([3, 3]) }, distinct: true },
    { shapes: [[1, 2, 9]], attrs: { kernel_shape: ints([3]), strides: ints([2]) }, distinct: true },
    { shapes: [[1, 2, 5, 4, 4]], attrs: { kernel_shape: ints([2, 2, 2]), strides: ints([2, 2, 2]) }, distinct: true },
  ],
});

function gradientInput({ g, attrs, inputs: { x }, outputs: { y }, grads, around }: VjpContext<'x', 'y' | 'indices?'>): MaxPoolGradientInput {
  // What a Relu before it passes, it passes at the maxima, so its mask is applied to them.
  const dy = around.maskedByPool(x) ? g.mul(grads.y, positive(g, y)) : grads.y;
  const geometry = windowGeometry(attrs, x.shape.slice(2), intsOr(attrs, 'kernel_shape', []));
  return { x, y, dy, geometry, nonNegative: around.nonNegative(x), switches: around.switches, plain: staysPlain(x, around) };
}
