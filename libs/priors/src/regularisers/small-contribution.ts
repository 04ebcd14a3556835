import { oneOf } from '@neuron-atlas/plugins';
import { percent } from '../percent.js';
import { keepAbove } from '../picture-steps.js';
import { defineRegulariser } from '../regulariser.js';

/**
 * Pixels that would change the score little if they were neutral become neutral.
 *
 * The change is −x·g to first order, summed over the colours of a pixel; `signed` keeps those that raise the score only.
 */
export const smallContribution = defineRegulariser({
  name: 'small-contribution',
  version: 1,
  summary: 'Sets pixels that contribute little to the score to neutral after each step.',
  source: 'Yosinski et al. 2015, section 4, "clipping pixels with small contribution"',
  space: 'picture',
  params: {
    percentile: percent(90, 'Pixels below this percentile of their contributions are cleared.'),
    of: oneOf(['absolute', 'signed'], 'Whether the size of a contribution counts, or the contribution itself.'),
  },
  after: ({ g, latent, gradient, params }) => {
    if (params.percentile === 0) return latent;
    const contribution = g.sum(g.mul(latent, gradient), [1], true);
    return keepAbove(g, latent, params.of === 'absolute' ? g.abs(contribution) : contribution, params.percentile);
  },
});
