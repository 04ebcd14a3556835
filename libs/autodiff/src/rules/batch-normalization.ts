import { float, floatOr, type GraphBuilder, int, intOr, type Value } from '@neuron-atlas/onnx';
import { channelFactor } from '../channel-factor.js';
import { defineVjp, stop } from '../rule.js';

export const batchNormalization = defineVjp({
  op: 'BatchNormalization',
  since: [15],
  inputs: ['x', 'scale', 'bias', 'mean', 'variance'],
  outputs: ['y', 'newMean?', 'newVariance?'],
  flat: { mean: stop, variance: stop },
  // y = γ·x̂ + β, x̂ = (x − μ)·i, i = 1/√(σ² + ε)
  // With given μ, σ: dx = γ·i·dy. With those of the batch: dx = γ·i·(dy − mean(dy) − x̂·mean(dy·x̂)).
  // dγ = Σ dy·x̂     dβ = Σ dy
  vjp: ({ g, attrs, inputs: { x, scale, mean, variance }, grads: { y: dy }, around }) => {
    const epsilon = floatOr(attrs, 'epsilon', 1e-5);
    const training = intOr(attrs, 'training_mode', 0) === 1;
    const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const wide = (value: Value): Value => g.reshape(value, x.shape.map((_, axis) => (axis === 1 ? x.shape[1]! : 1)));
    const centre = (): Value => (training ? g.mean(x, axes, true) : wide(mean));
    const spreadOf = (centred: Value): Value => (training ? g.mean(g.mul(centred, centred), axes, true) : wide(variance));
    const normalised = (): { xHat: Value; inverse: Value } => {
      const centred = g.sub(x, centre());
      const inverse = inverseRoot(g, spreadOf(centred), epsilon);
      return { xHat: g.mul(centred, inverse), inverse };
    };
    return {
      x: () => {
        if (!training) {
          const [gamma, sigma] = [around.constant(scale), around.constant(variance)];
          if (gamma !== undefined && sigma !== undefined) return channelFactor(g, dy, gamma, sigma, epsilon);
          return g.mul(dy, wide(g.mul(scale, inverseRoot(g, variance, epsilon))));
        }
        const { xHat, inverse } = normalised();
        const away = g.add(g.mean(dy, axes, true), g.mul(xHat, g.mean(g.mul(dy, xHat), axes, true)));
        return g.mul(g.mul(wide(scale), inverse), g.sub(dy, away));
      },
      scale: () => g.sum(g.mul(dy, normalised().xHat), axes),
      bias: () => g.sum(dy, axes),
    };
  },
  examples: [
    { shapes: [[2, 3, 4, 5], [3], [3], [3], [3]], ranges: { variance: [0.5, 2] }, fixed: ['scale', 'bias', 'mean', 'variance'] },
    { shapes: [[2, 16, 3, 3], [16], [16], [16], [16]], ranges: { variance: [0.5, 2] }, attrs: { epsilon: float(0.01) }, fixed: ['scale', 'bias', 'mean', 'variance'] },
    { shapes: [[2, 3, 4], [3], [3], [3], [3]], ranges: { variance: [0.5, 2] } },
    { shapes: [[5, 3], [3], [3], [3], [3]], ranges: { variance: [0.5, 2] } },
    { shapes: [[3, 2, 3, 2], [2], [2], [2], [2]], ranges: { variance: [0.5, 2] }, attrs: { training_mode: int(1), momentum: float(0) }, outputs: 3 },
  ],
});

const inverseRoot = (g: GraphBuilder, variance: Value, epsilon: number): Value => g.unary('Reciprocal', g.sqrt(g.add(variance, epsilon)));
