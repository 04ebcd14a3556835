import { i64 } from '@neuron-atlas/onnx';
import { defineVjp, stop } from '../rule.js';

export const tile = defineVjp({
  op: 'Tile',
  since: [13],
  inputs: ['x', 'repeats'],
  outputs: ['y'],
  flat: { repeats: stop },
  // Axis i of y is repeats[i] copies of axis i of x: apart, [r₀, d₀, r₁, d₁, …], and the copies are summed.
  vjp: ({ g, inputs: { x }, outputs: { y }, grads }) => ({
    x: () => {
      const apart = g.reshape(grads.y, x.shape.flatMap((dim, axis) => [dim === 0 ? 0 : y.shape[axis]! / dim, dim]));
      const copies = x.shape.flatMap((dim, axis) => (dim === y.shape[axis] ? [] : [2 * axis]));
      return g.reshape(copies.length === 0 ? apart : g.sum(apart, copies), x.shape);
    },
  }),
  examples: [{ shapes: [[2, 3], null], constants: { repeats: i64([2], [3, 2]) } }, { shapes: [[2, 3], null], constants: { repeats: i64([2], [1, 1]) } }],
});
