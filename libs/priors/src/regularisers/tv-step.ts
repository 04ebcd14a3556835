import { nonNegative } from '@neuron-atlas/plugins';
import { totalVariationGradient } from '../picture-steps.js';
import { defineRegulariser } from '../regulariser.js';

/** x ← x − amount · ∂TV/∂x, with TV = Σ √((x[w+1] − x[w])² + ε) over both axes, one after the other. */
export const tvStep = defineRegulariser({
  name: 'tv-step',
  version: 1,
  summary: 'A step against the total variation of the latent, whatever the size of the score.',
  source: 'Mahendran and Vedaldi 2015, as a step of its own',
  space: 'picture',
  params: { amount: nonNegative(2e-3, 'Step length, in latent units.') },
  after: ({ g, latent, params }) =>
    (params.amount === 0 ? latent : [2, 3].reduce((x, axis) => g.sub(x, g.mul(totalVariationGradient(g, x, axis), params.amount)), latent)),
});
