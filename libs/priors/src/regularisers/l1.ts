import { nonNegative } from '@neuron-atlas/plugins';
import { neutralOf } from '../prior.js';
import { fromNeutral } from '../from-neutral.js';
import { defineRegulariser } from '../regulariser.js';

/** −weight · mean |x − neutral| of the picture. */
export const l1 = defineRegulariser({
  name: 'l1',
  version: 1,
  summary: 'Penalty on the mean distance of the picture from the neutral colour.',
  source: 'Lucid objectives.L1; tf-keras-vis Norm(1)',
  space: 'any',
  params: { weight: nonNegative(0.3, 'Weight in the score.') },
  penalty: ({ g, image, canvas, params }) => g.mul(g.mean(g.abs(fromNeutral(g, image, (channel) => neutralOf(canvas, channel))), [1, 2, 3]), params.weight),
});
