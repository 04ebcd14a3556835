import type { GraphBuilder, Value } from '@neuron-atlas/onnx';

/** Decay of the running mean and of the running square, and the term that keeps the step finite (Kingma and Ba 2015). */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** The columns of a step's row in the program's table: all that depends on the step alone is computed on the host. */
export const stepColumns = ['learningRate', 'meanCorrection', 'squareCorrection', 'step'] as const;

/** Row of step t (from 1): learning rate, 1/(1 − β1^t), 1/(1 − β2^t), t. */
export const stepRow = (learningRate: number, t: number): readonly number[] =>
  [learningRate, 1 / (1 - adam.beta1 ** t), 1 / (1 - adam.beta2 ** t), t];

/** One step of gradient *ascent*: x ← x + α · m̂ / (√v̂ + ε). `row` is f32[4], laid out as `stepColumns`. */
export function adamStep(g: GraphBuilder, state: { readonly x: Value; readonly m: Value; readonly v: Value }, gradient: Value, row: Value): { readonly x: Value; readonly m: Value; readonly v: Value } {
  const column = (name: (typeof stepColumns)[number]): Value => {
    const index = stepColumns.indexOf(name);
    return g.reshape(g.slice(row, [index], [index + 1], [0]), []);
  };
  const m = g.add(g.mul(state.m, adam.beta1), g.mul(gradient, 1 - adam.beta1));
  const v = g.add(g.mul(state.v, adam.beta2), g.mul(g.mul(gradient, gradient), 1 - adam.beta2));
  const step = g.div(g.mul(m, column('meanCorrection')), g.add(g.sqrt(g.mul(v, column('squareCorrection'))), adam.epsilon));
  return { x: g.add(state.x, g.mul(step, column('learningRate'))), m, v };
}
