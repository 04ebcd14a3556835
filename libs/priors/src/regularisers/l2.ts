import { nonNegative } from '@neuron-atlas/plugins';
import { neutralOf } from '../prior.js';
import { fromNeutral } from '../from-neutral.js';
import { defineRegulariser } from '../regulariser.js';

/** −weight · mean (x − neutral)² of the picture. */
export const l2 = defineRegulariser({
  name: 'l2',
  version: 1,
  summary: 'Penalty on the mean squared distance of the picture from the neutral colour.',
  source: 'Simonyan et al. 2014, Deep inside convolutional networks, equation 1',
  space: 'any',
  params: { weight: nonNegative(0.1, 'Weight in the score.') },
  penalty: ({ g, image, canvas, params }) => {
    const away = fromNeutral(g, image, (channel) => neutralOf(canvas, channel));
    return g.mul(g.mean(g.mul(away, away), [1, 2, 3]), params.weight);
  },
});
