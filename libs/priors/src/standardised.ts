import type { GraphBuilder, Value } from '@neuron-atlas/onnx';

/** (x − mean) / (sd + 1e-5), both over all of a row. */
export function standardised(g: GraphBuilder, x: Value): Value {
  const axes = x.shape.slice(1).map((_, i) => i + 1);
  const away = g.sub(x, g.mean(x, axes, true));
  return g.div(away, g.add(g.sqrt(g.mean(g.mul(away, away), axes, true)), 1e-5));
}
