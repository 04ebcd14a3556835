import { f32, type GraphBuilder, type Tensor, toNumbers, type Value } from '@neuron-atlas/onnx';
import { hasHardSigmoid, positive } from '../masks.js';
import { canReenter } from '../reentry.js';
import { defineVjp, stop } from '../rule.js';

export const clip = defineVjp({
  op: 'Clip',
  since: [13],
  inputs: ['x', 'low?', 'high?'],
  outputs: ['y'],
  flat: { low: stop, high: stop },
  // y = min(max(x, low), high)     dx = dy · [low < x < high]
  vjp: ({ g, inputs: { x, low, high }, outputs: { y }, grads: { y: dy }, around }) => ({
    x: () => {
      const [lowest, highest] = [scalar(around.constant(low)), scalar(around.constant(high))];
      if (lowest === 0 && highest !== undefined && highest > 0 && hasHardSigmoid(y) && canReenter(y)) return g.mul(dy, between(g, y, highest));
      const above = low === undefined ? undefined : positive(g, lowest === 0 ? x : g.sub(x, low));
      const below = high === undefined ? undefined : positive(g, g.sub(high, x));
      return [above, below].reduce<Value>((gradient, mask) => (mask === undefined ? gradient : g.mul(gradient, mask)), dy);
    },
  }),
  examples: [
    { shapes: [[3, 4], null, null], range: [-2, 8], avoid: [0, 6], constants: { low: f32([], [0]), high: f32([], [6]) } },
    { shapes: [[3, 4], null, null], range: [-2, 2], avoid: [-1], constants: { low: f32([], [-1]) } },
    { shapes: [[3, 4], null, null], range: [-2, 2], avoid: [0.5], constants: { high: f32([], [0.5]) } },
    { shapes: [[3, 4]] },
    { shapes: [[3, 4], null, null], range: [-2, 2], avoid: [-1, 1], feeds: { low: f32([], [-1]), high: f32([], [1]) } },
    { shapes: [[2, 16, 4, 4], null, null], range: [-2, 8], avoid: [0, 6], constants: { low: f32([], [0]), high: f32([], [6]) } },
    { shapes: [[1, 16, 3, 3], null, null], range: [-1, 4], avoid: [0, 1.7], constants: { low: f32([], [0]), high: f32([], [1.7]) } },
  ],
});

const scalar = (known: Tensor | undefined): number | undefined => (known === undefined ? undefined : toNumbers(known)[0]);

/**
 * [0 < y < high] in two operators of the blocked layout: with a = [y > 0] and k the power of 2 above high,
 * [a + (high − y)/k − 1 > 0]. The division by k is exact, so y = high gives exactly 0; convolution, sum and mask are one.
 */
function between(g: GraphBuilder, y: Value, high: number): Value {
  const k = 2 ** (Math.floor(Math.log2(high)) + 1);
  const channels = y.shape[1]!;
  const fill = (shape: readonly number[], value: number): Value => g.constant(f32(shape, Array.from({ length: channels }, () => value)));
  const room = g.conv(y, fill([channels, 1, 1, 1], -1 / k), fill([channels], Math.fround(high) / k - 1), { group: channels });
  return positive(g, g.add(room, positive(g, y)));
}
