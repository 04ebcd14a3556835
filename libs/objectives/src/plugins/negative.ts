import { defineObjective } from '../objective.js';
import { mapOf } from '../map-of.js';

/** −mean of one channel over its map, before any rectifier: what a unit is against. */
export const negative = defineObjective({
  name: 'negative',
  version: 1,
  summary: 'The mean of one channel, downwards.',
  source: 'Olah et al. 2017, Feature Visualization, "Negative neurons" (Lucid: −objectives.channel)',
  params: {},
  taps: (target) => [target.tensor],
  build: ({ g, target, tap }) => g.neg(g.sum(g.mul(g.mean(mapOf(g, 'negative', target, tap(target.tensor)), [2]), target.mask), [1])),
});
