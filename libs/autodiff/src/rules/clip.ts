import { f32, toNumbers } from '@neuron-atlas/onnx';
import { positive } from '../masks.js';
import { defineVjp, stop } from '../rule.js';

export const clip = defineVjp({
  op: 'Clip',
  since: [13],
  inputs: ['x', 'low?', 'high?'],
  outputs: ['y'],
  flat: { low: stop, high: stop },
  // y = min(max(x, low), high)     dx = dy · [low < x < high]
  vjp: ({ g, inputs: { x, low, high }, grads, around }) => ({
    x: () => {
      const atZero = around.constant(low);
      let mask;
      if (low !== undefined) mask = positive(g, atZero !== undefined && toNumbers(atZero)[0] === 0 ? x : g.sub(x, low));
      if (high !== undefined) {
        const below = positive(g, g.sub(high, x));
        mask = mask === undefined ? below : g.mul(mask, below);
      }
      return mask === undefined ? grads.y : g.mul(grads.y, mask);
    },
  }),
  examples: [
    { shapes: [[3, 4], null, null], range: [-2, 8], avoid: [0, 6], constants: { low: f32([], [0]), high: f32([], [6]) } },
    { shapes: [[3, 4], null, null], range: [-2, 2], avoid: [-1], constants: { low: f32([], [-1]) } },
    { shapes: [[3, 4], null, null], range: [-2, 2], avoid: [0.5], constants: { high: f32([], [0.5]) } },
    { shapes: [[3, 4]] },
    { shapes: [[3, 4], null, null], range: [-2, 2], avoid: [-1, 1], feeds: { low: f32([], [-1]), high: f32([], [1]) } },
    { shapes: [[2, 16, 4, 4], null, null], range: [-2, 8], avoid: [0, 6], constants: { low: f32([], [0]), high: f32([], [6]) } },
  ],
});
