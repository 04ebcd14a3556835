import type { GraphBuilder, Value } from '@neuron-atlas/onnx';

/** Decay of the running mean and of the running square, and the term that keeps a step finite (Kingma and Ba 2015). */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** What depends on the step alone: f32 scalars, computed by the host in double precision. */
export interface AdamRow {
  readonly learningRate: Value;
  /** 1 / (1 − β1^t) */
  readonly meanCorrection: Value;
  /** 1 / (1 − β2^t) */
  readonly squareCorrection: Value;
}

export interface AdamState { readonly x: Value; readonly mean: Value; readonly square: Value }

/**
 * One step of descent.
 *
 * m ← β1 m + (1 − β1) g;  v ← β2 v + (1 − β2) g²;  x ← x − α (m̂ / (√v̂ + ε) + λ x)
 * λ is the decoupled weight decay of Loshchilov and Hutter (2019): it does not pass through m and v.
 */
export function adamStep(g: GraphBuilder, { x, mean, square }: AdamState, gradient: Value, row: AdamRow, weightDecay: number): AdamState {
  const m = g.add(g.mul(mean, adam.beta1), g.mul(gradient, 1 - adam.beta1));
  const v = g.add(g.mul(square, adam.beta2), g.mul(g.mul(gradient, gradient), 1 - adam.beta2));
  const step = g.div(g.mul(m, row.meanCorrection), g.add(g.sqrt(g.mul(v, row.squareCorrection)), adam.epsilon));
  const whole = weightDecay === 0 ? step : g.add(step, g.mul(x, weightDecay));
  return { x: g.sub(x, g.mul(whole, row.learningRate)), mean: m, square: v };
}
