import { share } from '@neuron-atlas/plugins';
import { defineRegulariser } from '../regulariser.js';

/** x ← (1 − amount) · x: L2 as a factor, whatever the size of the unit's activations. */
export const decay = defineRegulariser({
  name: 'decay',
  version: 1,
  summary: 'Shrinks the latent by a factor at each step (L2).',
  source: 'Yosinski et al. 2015, section 4; Nguyen et al. 2016 (DGN-AM), where the factor is 0.99',
  space: 'any',
  params: { amount: share(1e-3, 'Share of the latent taken away at each step.') },
  after: ({ g, latent, params }) => (params.amount === 0 ? latent : g.mul(latent, 1 - params.amount)),
});
