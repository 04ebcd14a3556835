import type { GraphBuilder, Value } from '@neuron-atlas/onnx';

// Steep enough that clip(2^100·x, 0, 1) is 0 or 1 for every x beyond 2^-100. HardSigmoid stays in the runtime's blocked
// layout and fuses into the Conv before it, where Sign, Greater and Where do not: 0.85 of the time of Mul(Sign(y), dy).
const steep = 2 ** 100;
const steepHalf = 2 ** 15; // float16 ends at 65504

/** Whether ONNX Runtime 1.30 has HardSigmoid: in float32 and float16, of opset 22 too (tried), and not in float64. */
export const hasHardSigmoid = (x: Value): boolean => x.dtype === 'f32' || x.dtype === 'f16';
const slope = (x: Value): number => (x.dtype === 'f16' ? steepHalf : steep);

/** 1 where x > 0, else 0. */
export const positive = (g: GraphBuilder, x: Value): Value =>
  hasHardSigmoid(x) ? g.hardSigmoid(x, slope(x), 0) : g.cast(g.greater(x, 0), x.dtype);

/** 1 where x < 0, else 0. */
export const negative = (g: GraphBuilder, x: Value): Value =>
  hasHardSigmoid(x) ? g.hardSigmoid(x, -slope(x), 0) : g.cast(g.less(x, 0), x.dtype);

/** 1 where x ≤ 0, else 0. */
export const notPositive = (g: GraphBuilder, x: Value): Value =>
  hasHardSigmoid(x) ? g.hardSigmoid(x, -slope(x), 1) : g.sub(1, positive(g, x));

/** 1, 0 or -1. */
export const signOf = (g: GraphBuilder, x: Value): Value => g.sub(positive(g, x), negative(g, x));
