import { positive } from '@neuron-atlas/plugins';
import { dividedBy, squareOfRow } from '../row-size.js';
import { defineOptimiser } from '../optimiser.js';
import type { Value } from '@neuron-atlas/onnx';

/** x ← x + min(α, desired / ‖g‖²) · g: a step that, were the score linear, would raise it by `desired`. */
export const progress = defineOptimiser({
  name: 'progress',
  version: 1,
  summary: 'As long a step along the gradient as raises the score by a given amount; the learning rate is the most it may be.',
  source: 'Yosinski et al. 2015 (deep-visualization-toolbox, lr_policy "progress")',
  params: { desired: positive(2, 'Gain of score wanted of each step.') },
  state: [],
  numbers: () => [],
  step: ({ g, x, gradient, rate, params }): { readonly x: Value; readonly state: readonly Value[] } => {
    const length = g.min(dividedBy(g, g.constant(params.desired), squareOfRow(g, gradient)), rate);
    return { x: g.add(x, g.mul(gradient, length)), state: [] };
  },
});
