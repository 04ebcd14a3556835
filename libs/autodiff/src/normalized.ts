import type { GraphBuilder, Value } from '@neuron-atlas/onnx';

export interface Normalized {
  /** x̂ = (x − μ)·i */
  readonly value: Value;
  /** i = 1/√(σ² + ε) */
  readonly inverse: Value;
  /** From d = ∂/∂x̂ to ∂/∂x = i·(d − mean(d) − x̂·mean(d·x̂)) */
  readonly gradient: (d: Value) => Value;
}

/** x brought to mean 0 and variance 1 over `axes`, with statistics of its own. */
export function normalized(g: GraphBuilder, x: Value, axes: readonly number[], epsilon: number): Normalized {
  const centred = g.sub(x, g.mean(x, axes, true));
  const variance = g.mean(g.mul(centred, centred), axes, true);
  const inverse = g.unary('Reciprocal', g.sqrt(g.add(variance, epsilon)));
  const value = g.mul(centred, inverse);
  return {
    value,
    inverse,
    gradient: (d) => g.mul(inverse, g.sub(g.sub(d, g.mean(d, axes, true)), g.mul(value, g.mean(g.mul(d, value), axes, true)))),
  };
}
