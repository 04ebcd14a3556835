import { float, floatOr, int, intOr, type GraphBuilder, type Value } from '@neuron-atlas/onnx';
import { elementwise } from '../elementwise.js';
import { realTensor } from '../real-tensor.js';

// y = x · d^−β, d = k + (α/n) Σ x² over n neighbouring channels
// dx = dy · d^−β − (2αβ/n) · x · Σ dy·x·d^(−β−1) over the windows that a channel lies in
// The sums over channels are 1 × 1 convolutions with a band: the operator itself takes five times as long.
export const lrn = elementwise('LRN', [13], ({ g, attrs, x, dy }) => {
  const [alpha, beta, size] = [floatOr(attrs, 'alpha', 1e-4), floatOr(attrs, 'beta', 0.75), intOr(attrs, 'size', 1)];
  const channels = x.shape[1]!;
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const kernel = (left: number, right: number, factor: number): Value => g.constant(realTensor(x.dtype, [channels, channels, ...x.shape.slice(2).map(() => 1)],
    Array.from({ length: channels ** 2 }, (_, i) => {
      const distance = (i % channels) - Math.floor(i / channels);
      return distance >= -left && distance <= right ? factor : 0;
    })));
  const bias = g.constant(realTensor(x.dtype, [channels], Array.from({ length: channels }, () => floatOr(attrs, 'bias', 1))));
  const d = g.conv(g.mul(x, x), kernel(before, after, alpha / size), bias);
  const p = power(g, d, beta);
  const shared = g.conv(g.div(g.mul(g.mul(dy, x), p), d), kernel(after, before, (2 * alpha * beta) / size));
  return g.sub(g.mul(dy, p), g.mul(x, shared));
}, [
  { shapes: [[2, 6, 3, 4]], range: [0.5, 2], attrs: { size: int(5), alpha: float(0.5), beta: float(0.75), bias: float(2) } },
  { shapes: [[1, 5, 3, 2]], attrs: { size: int(3), alpha: float(0.9), beta: float(1.2) } },
]);

/** d^−β; of the usual ¾ by square roots, which is much quicker than Pow. */
const power = (g: GraphBuilder, d: Value, beta: number): Value =>
  beta === 0.75 ? g.unary('Reciprocal', g.mul(g.sqrt(d), g.sqrt(g.sqrt(d)))) : g.pow(d, -beta);
