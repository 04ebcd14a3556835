import { float, floatOr } from '@neuron-atlas/onnx';
import { normalized } from '../normalized.js';
import { defineVjp } from '../rule.js';

export const instanceNormalization = defineVjp({
  op: 'InstanceNormalization',
  since: [6, 22],
  inputs: ['x', 'scale', 'bias'],
  outputs: ['y'],
  vjp: ({ g, attrs, inputs: { x, scale }, grads: { y: dy } }) => {
    const spatial = x.shape.flatMap((_, axis) => (axis > 1 ? [axis] : []));
    const others = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const epsilon = floatOr(attrs, 'epsilon', 1e-5);
    return {
      x: () => normalized(g, x, spatial, epsilon).gradient(g.mul(dy, g.reshape(scale, [1, x.shape[1]!, ...spatial.map(() => 1)]))),
      scale: () => g.sum(g.mul(dy, normalized(g, x, spatial, epsilon).value), others),
      bias: () => g.sum(dy, others),
    };
  },
  examples: [{ shapes: [[2, 3, 4, 5], [3], [3]] }, { shapes: [[2, 3, 6], [3], [3]], attrs: { epsilon: float(0.01) }, fixed: ['scale', 'bias'] }],
});
