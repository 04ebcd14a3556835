import { dividedBy, meanSizeOfRow } from '../row-size.js';
import { defineOptimiser } from '../optimiser.js';

/** x ← x + α · g / mean|g|, the mean of the row; a gradient of 0 moves nothing. */
export const meanAbsolute = defineOptimiser({
  name: 'mean-absolute',
  version: 1,
  summary: 'Steps along the gradient whose mean size is the learning rate.',
  source: 'Nguyen et al. 2016 (DGN-AM, act_max.py)',
  params: {},
  state: [],
  numbers: () => [],
  step: ({ g, x, gradient, rate }) => ({ x: g.add(x, g.mul(dividedBy(g, gradient, meanSizeOfRow(g, gradient)), rate)), state: [] }),
});
