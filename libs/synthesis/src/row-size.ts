import type { GraphBuilder, Value } from '@neuron-atlas/onnx';

const within = (x: Value): readonly number[] => x.shape.slice(1).map((_, i) => i + 1);

/** Σ x² of each row, f32[N, 1, …]. */
export const squareOfRow = (g: GraphBuilder, x: Value): Value => g.sum(g.mul(x, x), within(x), true);

/** Mean |x| of each row, f32[N, 1, …]. */
export const meanSizeOfRow = (g: GraphBuilder, x: Value): Value => g.mean(g.abs(x), within(x), true);

/** x / size, and 0 where the size is 0. */
export const dividedBy = (g: GraphBuilder, x: Value, size: Value): Value => g.div(x, g.max(size, 1e-30));
