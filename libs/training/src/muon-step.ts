import { type GraphBuilder, sizeOf, type Value } from '@neuron-atlas/onnx';

/** Decay of the running mean. */
export const muon = { beta: 0.95 } as const;

export interface MuonState { readonly x: Value; readonly mean: Value }

/**
 * One step of descent along the orthogonalised mean gradient (Jordan et al. 2024, "Muon").
 *
 * m ← β m + (1 − β) g;  x ← x − α (0.2 √max(O, K) · orthogonal((1 − β) g + β m) + λ x)
 * with a weight [O, …] taken as a matrix [O, K]. All directions of the weight then move at the same rate, those of
 * weak gradients too. The factor gives the steps the size that Adam's have (Liu et al. 2025), so that rates carry over.
 */
export function muonStep(g: GraphBuilder, { x, mean }: MuonState, gradient: Value, learningRate: Value, weightDecay: number): MuonState {
  const m = g.add(g.mul(mean, muon.beta), g.mul(gradient, 1 - muon.beta));
  const ahead = g.add(g.mul(gradient, 1 - muon.beta), g.mul(m, muon.beta));
  const rows = x.shape[0]!, columns = sizeOf(x.shape.slice(1));
  const direction = orthogonal(g, g.reshape(ahead, [rows, columns]));
  const step = g.mul(g.reshape(direction, x.shape), 0.2 * Math.sqrt(Math.max(rows, columns)));
  const whole = weightDecay === 0 ? step : g.add(step, g.mul(x, weightDecay));
  return { x: g.sub(x, g.mul(whole, learningRate)), mean: m };
}

/**
 * A matrix with the singular vectors of `x` and singular values near 1 (0.7 to 1.2), by five steps of the quintic
 * Newton–Schulz iteration X ← a X + (b A + c A²) X, A = X Xᵀ, with the coefficients of Jordan et al.
 */
export function orthogonal(g: GraphBuilder, x: Value): Value {
  const tall = x.shape[0]! > x.shape[1]!;
  const [a, b, c] = [3.4445, -4.775, 2.0315];
  const size = g.sqrt(g.sum(g.mul(x, x), [0, 1]));
  let y = g.div(tall ? g.transpose(x, [1, 0]) : x, g.add(size, 1e-12));
  for (let turn = 0; turn < 5; turn++) {
    const square = g.matMul(y, y, { transB: true });
    const polynomial = g.add(g.mul(square, b), g.mul(g.matMul(square, square), c));
    y = g.add(g.mul(y, a), g.matMul(polynomial, y));
  }
  return tall ? g.transpose(y, [1, 0]) : y;
}
