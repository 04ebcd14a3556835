import { errors } from '../errors.js';
import { defineObjective } from '../objective.js';

/** Mean of one channel over its map: what a feature looks like wherever it stands. A dense neuron is its own mean. */
export const channel = defineObjective({
  name: 'channel',
  version: 1,
  summary: 'Mean of one channel over its map, a channel per batch row.',
  source: 'Olah et al. 2017, Feature Visualization (Lucid objectives.channel)',
  params: {},
  taps: (target) => [target.tensor],
  build: ({ g, target, tap }) => {
    const act = tap(target.tensor);                                     // f32[N, C, …]
    if (act.shape.length < 2) throw errors.wrongRank({ objective: 'channel', tensor: target.tensor, shape: act.shape, needs: 'a batch of channels' });
    const spatial = act.shape.slice(2).map((_, i) => i + 2);
    const perChannel = spatial.length === 0 ? act : g.mean(act, spatial); // f32[N, C]
    return g.sum(g.mul(perChannel, target.mask), [1]);                  // f32[N]
  },
});
