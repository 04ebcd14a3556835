import { float, floatOr, intOr, int, normalAxis } from '@neuron-atlas/onnx';
import { normalized } from '../normalized.js';
import { defineVjp } from '../rule.js';

export const layerNormalization = defineVjp({
  op: 'LayerNormalization',
  since: [17],
  inputs: ['x', 'scale', 'bias?'],
  outputs: ['y', 'mean?', 'inverse?'],
  // y = γ·x̂ + β
  vjp: ({ g, attrs, inputs: { x, scale }, grads: { y: dy } }) => {
    const first = normalAxis(intOr(attrs, 'axis', -1), x.shape.length);
    const axes = x.shape.flatMap((_, axis) => (axis >= first ? [axis] : []));
    const epsilon = floatOr(attrs, 'epsilon', 1e-5);
    return {
      x: () => normalized(g, x, axes, epsilon).gradient(g.mul(dy, scale)),
      scale: () => g.mul(dy, normalized(g, x, axes, epsilon).value),
      bias: () => dy,
    };
  },
  examples: [
    { shapes: [[2, 3, 8], [8], [8]] }, { shapes: [[2, 3, 4], [3, 4]], attrs: { axis: int(1), epsilon: float(0.01) } }, { shapes: [[2, 8], [8], [8]], fixed: ['scale', 'bias'] },
  ],
});
