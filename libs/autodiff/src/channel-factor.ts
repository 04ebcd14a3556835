import { f32, type GraphBuilder, type Tensor, toNumbers, type Value } from '@neuron-atlas/onnx';
import { realTensor } from './real-tensor.js';

/** dy · γ/√(σ² + ε), a factor per channel, folded while building. */
export function channelFactor(g: GraphBuilder, dy: Value, gamma: Tensor, variance: Tensor, epsilon: number): Value {
  const spreads = toNumbers(variance);
  const factors = toNumbers(gamma).map((scale, c) => scale / Math.sqrt(spreads[c]! + epsilon));
  // A depthwise 1 × 1 convolution stays in the runtime's blocked layout, where a product with a broadcast operand falls out.
  if (dy.dtype === 'f32' && dy.shape.length === 4) return g.conv(dy, g.constant(f32([factors.length, 1, 1, 1], factors)), undefined, { group: factors.length });
  const shape = dy.shape.map((_, axis) => (axis === 1 ? factors.length : 1));
  return g.mul(dy, g.constant(realTensor(dy.dtype, shape, factors)));
}
