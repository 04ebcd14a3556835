import { f32, type GraphBuilder, int, tensor, type Value } from '@neuron-atlas/onnx';
import { positive } from '../masks.js';
import { alongAxis, quantizedRange, refusesBlocks } from '../quantized.js';
import { defineVjp, stop } from '../rule.js';

export const quantizeLinear = defineVjp({
  op: 'QuantizeLinear',
  since: [13, 19, 21],
  inputs: ['x', 'scale', 'zeroPoint?'],
  outputs: ['y'],
  flat: { scale: stop, zeroPoint: stop },
  refuses: refusesBlocks,
  // y = clip(⌊x/s⌉ + z, low, high), straight through: as if ⌊v⌉ were v     dx = dy/s · [low ≤ ⌊x/s⌉ + z ≤ high]
  // (Bengio, Léonard, Courville 2013; the edges half a step outside, as PyTorch's fake quantisation has them)
  smooth: ({ g, attrs, inputs: { x, scale, zeroPoint } }) => {
    const { steps, low, high } = edges(g, x, scale, zeroPoint, attrs);
    return g.min(g.max(steps, low), high);
  },
  vjp: ({ g, attrs, inputs: { x, scale, zeroPoint }, grads: { y: dy } }) => ({
    x: () => {
      const { steps, low, high } = edges(g, x, scale, zeroPoint, attrs);
      const inside = g.mul(positive(g, g.sub(steps, low)), positive(g, g.sub(high, steps)));
      return g.mul(g.div(dy, alongAxis(g, scale, x, attrs)), inside);
    },
  }),
  examples: [
    { shapes: [[2, 3, 4], null, null], range: [-4, 4], avoid: [-2.0078125, 1.9921875], constants: { scale: f32([], [1 / 64]), zeroPoint: tensor('i8', [], Int8Array.of(0)) } },
    { shapes: [[2, 3, 4], null], range: [-1, 1], avoid: [-0.0625], constants: { scale: f32([], [1 / 8]) } },
    { shapes: [[2, 2, 3], null, null], range: [-1, 1], constants: { scale: f32([2], [1 / 16, 1 / 32]), zeroPoint: tensor('u8', [2], Uint8Array.of(128, 120)) } },
    { shapes: [[3, 2], null, null], range: [-1, 1], attrs: { axis: int(-2) }, constants: { scale: f32([3], [1, 2, 4]), zeroPoint: tensor('i8', [3], Int8Array.of(3, 0, -7)) } },
  ],
});

/** x/s and, on its scale, where the result begins and ends to be cut off. */
function edges(g: GraphBuilder, x: Value, scale: Value, zeroPoint: Value | undefined, attrs: Parameters<typeof alongAxis>[3]): { readonly steps: Value; readonly low: Value; readonly high: Value } {
  const [lowest, highest] = quantizedRange(attrs, zeroPoint);
  const shift = zeroPoint === undefined ? g.operand(0, x.dtype) : g.cast(alongAxis(g, zeroPoint, x, attrs), x.dtype);
  return { steps: g.div(x, alongAxis(g, scale, x, attrs)), low: g.sub(lowest - 0.5, shift), high: g.sub(highest + 0.5, shift) };
}
