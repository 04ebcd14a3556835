import { float } from '@neuron-atlas/onnx';
import { share } from '@neuron-atlas/plugins';
import { errors } from '../errors.js';
import { defineObjective } from '../objective.js';

/**
 * Mean of one channel over its map: what a feature looks like wherever it stands. A dense neuron is its own mean.
 *
 * Where a rectifier follows, the mean is of what it lets through, as in Lucid; a plain mean of a linear filter would be a
 * flat colour. A small leak below zero shows a unit that starts shut the way up.
 */
export const channel = defineObjective({
  name: 'channel',
  version: 1,
  summary: 'Mean of one channel over its map, a channel per batch row.',
  source: 'Olah et al. 2017, Feature Visualization (Lucid objectives.channel)',
  params: {
    leak: share(0.01, 'Slope below zero where a rectifier follows the layer; 1 takes the mean before it.'),
  },
  taps: (target) => [target.tensor],
  build: ({ g, target, params, tap }) => {
    const act = tap(target.tensor);                                     // f32[N, C, …]
    if (act.shape.length < 2) throw errors.wrongRank({ objective: 'channel', tensor: target.tensor, shape: act.shape, needs: 'a batch of channels' });
    const spatial = act.shape.slice(2).map((_, i) => i + 2);
    const seen = target.rectified && params.leak < 1 ? g.unary('LeakyRelu', act, { alpha: float(params.leak) }) : act;
    const perChannel = spatial.length === 0 ? seen : g.mean(seen, spatial); // f32[N, C]
    return g.sum(g.mul(perChannel, target.mask), [1]);                  // f32[N]
  },
});
