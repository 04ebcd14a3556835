import { oneOf, share } from '@neuron-atlas/plugins';
import { defineObjective } from '../objective.js';
import { channel } from './channel.js';
import { neuron } from './neuron.js';

/**
 * One channel, climbed from what its exemplars have in common: a unit that answers to several things gets a picture of each, one for
 * each seed of the view.
 *
 * The score is that of `neuron` in the middle of the map, where the exemplars of the start are laid, or of `channel`; a dense unit is
 * itself. How facets are found is decision 110 (docs/decisions/0110-facets-start-from-clusters-of-exemplars.md).
 */
export const facet = defineObjective({
  name: 'facet',
  version: 1,
  summary: 'One channel, from each of the clusters of its exemplars: one for each seed of the view.',
  source: 'Nguyen et al. 2016, Multifaceted feature visualization',
  params: {
    raises: oneOf(['neuron', 'channel'], 'What is raised: the unit in the middle of its map, where the exemplars lie, or its mean over the map.'),
    leak: share(0.01, 'Slope below zero where a rectifier follows the layer, for the mean.'),
  },
  starts: 'facets',
  taps: (target) => [target.tensor],
  build: (ctx) => (ctx.params.raises === 'channel'
    ? channel.build({ ...ctx, params: { leak: ctx.params.leak } })
    : neuron.build({ ...ctx, params: { y: -1, x: -1, token: -1 } })),
});
