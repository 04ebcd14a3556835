import { nonNegative } from '@neuron-atlas/plugins';
import { defineObjective } from '@neuron-atlas/objectives';

/** The unit, less the others of its layer: what it sees and its neighbours do not. */
export const selective = defineObjective({
  name: 'selective',
  version: 1,
  summary: 'Mean of one channel, less the mean of all others.',
  source: 'written for this example',
  params: {
    others: nonNegative(1, 'Weight of the other channels.'),
  },
  taps: (target) => [target.tensor],
  build: ({ g, target, params, tap }) => {
    const act = tap(target.tensor); // f32[N, C, …]
    const places = act.shape.slice(2).map((_, index) => index + 2);
    const each = places.length === 0 ? act : g.mean(act, places); // f32[N, C]
    const own = g.sum(g.mul(each, target.mask), [1]);
    const all = g.sum(each, [1]);
    const others = Math.max(1, act.shape[1]! - 1);
    return g.sub(own, g.mul(g.sub(all, own), params.others / others));
  },
});
