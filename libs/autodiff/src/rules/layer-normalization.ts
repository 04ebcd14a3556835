import { float, floatOr, int, intOr, normalAxis, type Value } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

export const layerNormalization = defineVjp({
  op: 'LayerNormalization',
  since: [17],
  inputs: ['x', 'scale', 'bias?'],
  outputs: ['y', 'mean?', 'inverse?'],
  refuses: ({ outputs }) => (outputs.slice(1).every((name) => name === '') ? undefined : 'its mean or its deviation is used too'),
  // x̂ = (x − μ)·i, i = 1/√(σ² + ε), y = γ·x̂ + β     d = γ·dy     dx = i·(d − mean(d) − x̂·mean(d·x̂))
  vjp: ({ g, attrs, inputs: { x, scale }, grads: { y: dy } }) => {
    const first = normalAxis(intOr(attrs, 'axis', -1), x.shape.length);
    const axes = x.shape.flatMap((_, axis) => (axis >= first ? [axis] : []));
    const normalised = (): { xHat: Value; inverse: Value } => {
      const centred = g.sub(x, g.mean(x, axes, true));
      const variance = g.mean(g.mul(centred, centred), axes, true);
      const inverse = g.unary('Reciprocal', g.sqrt(g.add(variance, floatOr(attrs, 'epsilon', 1e-5))));
      return { xHat: g.mul(centred, inverse), inverse };
    };
    return {
      x: () => {
        const { xHat, inverse } = normalised();
        const d = g.mul(dy, scale);
        return g.mul(inverse, g.sub(g.sub(d, g.mean(d, axes, true)), g.mul(xHat, g.mean(g.mul(d, xHat), axes, true))));
      },
      scale: () => g.mul(dy, normalised().xHat),
      bias: () => dy,
    };
  },
  examples: [
    { shapes: [[2, 3, 8], [8], [8]] }, { shapes: [[2, 3, 4], [3, 4]], attrs: { axis: int(1), epsilon: float(0.01) } }, { shapes: [[2, 8], [8], [8]], fixed: ['scale', 'bias'] },
  ],
});
