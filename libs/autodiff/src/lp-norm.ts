import type { GraphBuilder, Value } from '@neuron-atlas/onnx';
import { signOf } from './masks.js';

// For y = (Σ|x|ᵖ)^(1/p): ∂y/∂x = sign(x)·|x|^(p−1) · y^(1−p), in two factors, since a sum may stand between them.

/** dy · y^(1−p); where y is 0 so is every x, and its gradient is taken as 0. */
export function lpOutput(g: GraphBuilder, y: Value, dy: Value, p: number): Value {
  if (p === 1) return dy;
  // Small beside any norm that counts, and its power is still a float32.
  const safe = g.max(y, 10 ** (-24 / (p - 1)));
  return g.div(dy, p === 2 ? safe : g.pow(safe, p - 1));
}

/** d · sign(x)·|x|^(p−1) */
export function lpInput(g: GraphBuilder, x: Value, d: Value, p: number): Value {
  if (p === 2) return g.mul(d, x);
  const signed = g.mul(d, signOf(g, x));
  return p === 1 ? signed : g.mul(signed, g.pow(g.abs(x), p - 1));
}
