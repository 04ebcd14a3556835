import { oneOf } from '@neuron-atlas/plugins';
import { dividedBy, squareOfRow } from '../row-size.js';
import { defineOptimiser } from '../optimiser.js';

/** x ← x + α · g, or x + α · g / ‖g‖ with the norm of the row. */
export const sgd = defineOptimiser({
  name: 'sgd',
  version: 1,
  summary: 'Steps along the gradient, of its own length or of length 1.',
  source: 'Erhan et al. 2009; normalised as in Mordvintsev et al. 2015, Inceptionism',
  params: { normalise: oneOf(['norm', 'none'], 'What the gradient is divided by.') },
  state: [],
  numbers: () => [],
  step: ({ g, x, gradient, rate, params }) => {
    const direction = params.normalise === 'none' ? gradient : dividedBy(g, gradient, g.sqrt(squareOfRow(g, gradient)));
    return { x: g.add(x, g.mul(direction, rate)), state: [] };
  },
});
