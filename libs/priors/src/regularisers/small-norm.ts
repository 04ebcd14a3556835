import { percent } from '../percent.js';
import { keepAbove } from '../picture-steps.js';
import { defineRegulariser } from '../regulariser.js';

/** Pixels whose colour is near neutral become neutral: only the parts that matter stand out. */
export const smallNorm = defineRegulariser({
  name: 'small-norm',
  version: 1,
  summary: 'Sets pixels of small colour norm to neutral after each step.',
  source: 'Yosinski et al. 2015, section 4, "clipping pixels with small norm"',
  space: 'picture',
  params: { percentile: percent(50, 'Pixels below this percentile of their norms are cleared.') },
  after: ({ g, latent, params }) => (params.percentile === 0 ? latent : keepAbove(g, latent, g.sqrt(g.sum(g.mul(latent, latent), [1], true)), params.percentile)),
});
