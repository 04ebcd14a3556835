import { dtypeCode, floatOr, int, intOr } from '@neuron-atlas/onnx';
import { normalized } from '../normalized.js';
import { defineVjp } from '../rule.js';

export const groupNormalization = defineVjp({
  op: 'GroupNormalization',
  since: [21],
  inputs: ['x', 'scale', 'bias'],
  outputs: ['y'],
  vjp: ({ g, attrs, inputs: { x, scale }, grads: { y: dy } }) => {
    const [n, c] = x.shape as [number, number];
    const groups = intOr(attrs, 'num_groups', 1);
    const grouped = [n, groups, x.shape.slice(1).reduce((a, b) => a * b, 1) / groups];
    const others = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const inGroups = () => normalized(g, g.reshape(x, grouped), [2], floatOr(attrs, 'epsilon', 1e-5));
    return {
      x: () => {
        const scaled = g.mul(dy, g.reshape(scale, [1, c, ...x.shape.slice(2).map(() => 1)]));
        return g.reshape(inGroups().gradient(g.reshape(scaled, grouped)), x.shape);
      },
      scale: () => g.sum(g.mul(dy, g.reshape(inGroups().value, x.shape)), others),
      bias: () => g.sum(dy, others),
    };
  },
  examples: [{ shapes: [[2, 6, 3, 4], [6], [6]], attrs: { num_groups: int(2), stash_type: int(dtypeCode.f64) }, opset: 21 }, { shapes: [[2, 6, 5], [6], [6]], attrs: { num_groups: int(6), stash_type: int(dtypeCode.f64) }, opset: 21, fixed: ['scale', 'bias'] }],
});
