import { float, floatOr, type GraphBuilder, int, intOr, type Value } from '@neuron-atlas/onnx';
import { defineVjp } from '../rule.js';

export const gemm = defineVjp({
  op: 'Gemm',
  since: [13],
  inputs: ['a', 'b', 'c?'],
  outputs: ['y'],
  // y = α·A′B′ + β·C, A′ = A or Aᵀ     dA′ = α·dy·B′ᵀ     dB′ = α·A′ᵀ·dy     dC = β·dy
  vjp: ({ g, attrs, inputs: { a, b }, grads: { y: dy } }) => {
    const [alpha, beta] = [floatOr(attrs, 'alpha', 1), floatOr(attrs, 'beta', 1)];
    const [ta, tb] = [intOr(attrs, 'transA', 0) === 1, intOr(attrs, 'transB', 0) === 1];
    return {
      a: () => (ta ? product(g, b, dy, tb, true, alpha) : product(g, dy, b, false, !tb, alpha)),
      b: () => (tb ? product(g, dy, a, true, ta, alpha) : product(g, a, dy, !ta, false, alpha)),
      c: () => (beta === 1 ? dy : g.mul(dy, beta)),
    };
  },
  examples: [
    { shapes: [[2, 3], [3, 4], [4]] }, { shapes: [[2, 3], [3, 4]] }, { shapes: [[3, 2], [3, 4], [2, 4]], attrs: { transA: int(1), alpha: float(0.5) } },
    { shapes: [[2, 3], [4, 3], [2, 1]], attrs: { transB: int(1), beta: float(-2) } }, { shapes: [[3, 2], [4, 3], []], attrs: { transA: int(1), transB: int(1) } },
    { shapes: [[2, 3], [4, 3], [4]], attrs: { transB: int(1) }, fixed: ['b', 'c'] },
  ],
});

/** α · A′B′ by Gemm, which takes transposed operands as they lie. */
function product(g: GraphBuilder, a: Value, b: Value, transA: boolean, transB: boolean, alpha: number): Value {
  const shape = [transA ? a.shape[1]! : a.shape[0]!, transB ? b.shape[0]! : b.shape[1]!];
  return g.emit('Gemm', [a, b], { transA: int(transA ? 1 : 0), transB: int(transB ? 1 : 0), alpha: float(alpha) }, [{ dtype: a.dtype, shape }])[0]!;
}
