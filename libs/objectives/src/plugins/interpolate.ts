import { f32 } from '@neuron-atlas/onnx';
import { share } from '@neuron-atlas/plugins';
import { mapOf, seenBy } from '../map-of.js';
import { defineObjective } from '../objective.js';
import { mix, weightsOf } from '../unit-mix.js';

/** (1 − share) · the unit + share · another. */
export const interpolate = defineObjective({
  name: 'interpolate',
  version: 1,
  summary: 'A place on the way from one channel to another.',
  source: 'Olah et al. 2017, Feature Visualization, "Interpolating between neurons" (Lucid objectives.channel_interpolate)',
  params: {
    towards: mix('0', 'The other end.'),
    share: share(0.5, 'Share of the other end.'),
    leak: share(0.01, 'Slope below zero where a rectifier follows the layer.'),
  },
  taps: (target) => [target.tensor],
  build: ({ g, target, params, tap }) => {
    const means = g.mean(seenBy(g, target, params.leak, mapOf(g, 'interpolate', target, tap(target.tensor))), [2]);
    const channels = means.shape[1]!;
    const end = g.constant(f32([1, channels], weightsOf('interpolate', params.towards, channels, target.tensor).map((weight) => weight * params.share)));
    return g.sum(g.mul(means, g.add(g.mul(target.mask, 1 - params.share), end)), [1]);
  },
});
