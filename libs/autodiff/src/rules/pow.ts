import { f32, toNumbers } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

export const pow = defineVjp({
  op: 'Pow',
  since: [15],
  inputs: ['x', 'e'],
  outputs: ['y'],
  // y = xᵉ     dx = dy · e · xᵉ⁻¹     de = dy · y · ln x
  vjp: ({ g, inputs: { x, e }, outputs, grads: { y: dy }, around }) => ({
    x: () => {
      const known = around.constant(e);
      const exponent = known === undefined ? undefined : toNumbers(known);
      if (exponent?.length === 1) {
        const [n] = exponent as [number];
        if (n === 0) return g.mul(dy, 0);
        if (n === 1) return dy;
        if (n === 2) return g.mul(dy, g.mul(x, 2));
        if (n === 3) return g.mul(dy, g.mul(g.mul(x, x), 3));
        if (n === 0.5) return g.div(g.mul(dy, 0.5), outputs.y);
        if (n === -1) return g.neg(g.mul(dy, g.mul(outputs.y, outputs.y)));
      }
      const exponents = g.cast(e, x.dtype);
      return g.mul(dy, g.mul(exponents, g.pow(x, g.sub(exponents, 1))));
    },
    // ln x of a base that is not positive has no value: its share is taken as 0, as the limit at x = 0 is.
    e: () => g.mul(dy, g.where(g.greater(x, 0), g.mul(outputs.y, g.log(x)), 0)),
  }),
  examples: [
    ...[0, 1, 2, 3, 0.5, -1, 2.5].map((n) => ({ shapes: [[2, 3], null], range: [0.5, 2] as const, constants: { e: f32([], [n]) } })),
    { shapes: [[2, 3, 4], [3, 1]], range: [0.5, 2] },
    { shapes: [[4], [2, 3, 1]], range: [0.5, 2] },
    { shapes: [[2, 3], null], range: [-2, 2], avoid: [0], constants: { e: f32([], [3]) } },
  ] as never,
});
