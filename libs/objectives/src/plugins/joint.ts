import { f32 } from '@neuron-atlas/onnx';
import { share } from '@neuron-atlas/plugins';
import { mapOf, seenBy } from '../map-of.js';
import { defineObjective } from '../objective.js';
import { mix, weightsOf } from '../unit-mix.js';

/** The unit's mean and, with weights, those of others: a picture that they like together. */
export const joint = defineObjective({
  name: 'joint',
  version: 1,
  summary: 'One channel and some others of its layer together.',
  source: 'Olah et al. 2017, Feature Visualization, "Interaction between neurons"',
  params: { others: mix('0', 'Which channels beside the unit.'), leak: share(0.01, 'Slope below zero where a rectifier follows the layer.') },
  taps: (target) => [target.tensor],
  build: ({ g, target, params, tap }) => {
    const means = g.mean(seenBy(g, target, params.leak, mapOf(g, 'joint', target, tap(target.tensor))), [2]);
    const channels = means.shape[1]!;
    const weights = g.constant(f32([1, channels], weightsOf('joint', params.others, channels, target.tensor)));
    return g.sum(g.mul(means, g.add(target.mask, weights)), [1]);
  },
});
