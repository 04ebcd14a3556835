import { float, floatOr, type GraphBuilder, int, intOr, sizeOf, type Value } from '@neuron-atlas/onnx';
import { channelFactor } from '../channel-factor.js';
import { once } from '../once.js';
import { defineVjp, type Example, stop } from '../rule.js';

export const batchNormalization = defineVjp({
  op: 'BatchNormalization',
  since: [15],
  inputs: ['x', 'scale', 'bias', 'mean', 'variance'],
  outputs: ['y', 'newMean?', 'newVariance?'],
  flat: { mean: stop, variance: stop },
  // y = γ·(x − μ)·i + β, i = 1/√(σ² + ε)     dβ = Σ dy     dγ = i·(Σ dy·x − μ·dβ)
  // With given μ and σ: dx = a·dy, a = γ·i. With those of the batch, of M elements a channel:
  // dx = a·dy + b·x + c, b = −a·i·dγ/M, c = −a·dβ/M − b·μ
  vjp: ({ g, attrs, inputs: { x, scale, mean, variance }, outputs: { newMean, newVariance }, grads: { y: dy }, around }) => {
    const epsilon = floatOr(attrs, 'epsilon', 1e-5);
    const training = intOr(attrs, 'training_mode', 0) === 1;
    const count = sizeOf(x.shape) / x.shape[1]!;
    const perChannel = (value: Value): Value => g.sum(value, x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis])));
    const wide = (value: Value): Value => g.reshape(value, x.shape.map((_, axis) => (axis === 1 ? x.shape[1]! : 1)));
    // Without momentum the operator's further outputs are the batch's own statistics, at no cost.
    const stated = floatOr(attrs, 'momentum', 0.9) === 0 && newMean !== undefined && newVariance !== undefined;
    const centre = once(() => (!training ? mean : stated ? newMean : g.mul(perChannel(x), 1 / count)));
    const inverse = once(() => {
      if (!training || stated) return inverseRoot(g, training ? newVariance! : variance, epsilon);
      const centred = g.sub(x, wide(centre()));
      return inverseRoot(g, g.mul(perChannel(g.mul(centred, centred)), 1 / count), epsilon);
    });
    const dBias = once(() => perChannel(dy));
    const dScale = once(() => g.mul(inverse(), g.sub(perChannel(g.mul(dy, x)), g.mul(centre(), dBias()))));
    return {
      x: () => {
        const [gamma, sigma] = [around.constant(scale), around.constant(variance)];
        if (!training && gamma !== undefined && sigma !== undefined) return channelFactor(g, dy, gamma, sigma, epsilon);
        const a = g.mul(scale, inverse());
        if (!training) return g.mul(dy, wide(a));
        const b = g.mul(g.mul(a, inverse()), g.mul(dScale(), -1 / count));
        const c = g.sub(g.mul(a, g.mul(dBias(), -1 / count)), g.mul(b, centre()));
        return g.add(g.mul(dy, wide(a)), g.add(g.mul(x, wide(b)), wide(c)));
      },
      scale: dScale,
      bias: dBias,
    };
  },
  examples: [
    { shapes: [[2, 3, 4, 5], [3], [3], [3], [3]], ranges: { variance: [0.5, 2] }, fixed: ['scale', 'bias', 'mean', 'variance'] },
    { shapes: [[2, 16, 3, 3], [16], [16], [16], [16]], ranges: { variance: [0.5, 2] }, attrs: { epsilon: float(0.01) }, fixed: ['scale', 'bias', 'mean', 'variance'] },
    { shapes: [[2, 3, 4], [3], [3], [3], [3]], ranges: { variance: [0.5, 2] } },
    { shapes: [[5, 3], [3], [3], [3], [3]], ranges: { variance: [0.5, 2] } },
    ...[0, 0.9].map((momentum): Example => ({ shapes: [[3, 2, 3, 2], [2], [2], [2], [2]], ranges: { variance: [0.5, 2] }, attrs: { training_mode: int(1), momentum: float(momentum) }, outputs: 3 })),
  ],
});

const inverseRoot = (g: GraphBuilder, variance: Value, epsilon: number): Value => g.unary('Reciprocal', g.sqrt(g.add(variance, epsilon)));
