import { count, nonNegative } from '@neuron-atlas/plugins';
import { due, gaussianBlur } from '../picture-steps.js';
import { defineRegulariser } from '../regulariser.js';

/** Every few steps the latent is blurred: high frequencies do not accumulate. */
export const blur = defineRegulariser({
  name: 'blur',
  version: 1,
  summary: 'Gaussian blur of the latent every few steps.',
  source: 'Yosinski et al. 2015, Understanding neural networks through deep visualization, section 4',
  space: 'picture',
  params: {
    sigma: nonNegative(0.6, 'Standard deviation, in pixels; 0 turns it off.'),
    every: count(4, 'Steps between two blurs; 0 turns it off.'),
  },
  after: ({ g, latent, step, params }) => {
    if (params.sigma === 0 || params.every === 0) return latent;
    const blurred = gaussianBlur(g, latent, params.sigma);
    return params.every === 1 ? blurred : g.where(due(g, step, params.every), blurred, latent);
  },
});
