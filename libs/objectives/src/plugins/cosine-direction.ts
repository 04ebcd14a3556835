import { nonNegative, real } from '@neuron-atlas/plugins';
import { directionOf } from '../direction-of.js';
import { mapOf } from '../map-of.js';
import { defineObjective } from '../objective.js';
import { mix } from '../unit-mix.js';

/** Mean over places of (a · d) · max(0.1, cos(a, d))^power: along the direction, and along no other. */
export const cosineDirection = defineObjective({
  name: 'cosine-direction',
  version: 1,
  summary: 'Along a direction, weighted by how little else is active.',
  source: 'Carter et al. 2019, Activation atlas (Lucid objectives.direction, cossim_pow)',
  params: { own: real(1, 'Weight of the unit itself.'), with: mix('', 'The rest of the direction.'), power: nonNegative(2, 'Power of the cosine.') },
  taps: (target) => [target.tensor],
  build: ({ g, target, params, tap }) => {
    const act = mapOf(g, 'cosine-direction', target, tap(target.tensor));
    const along = directionOf(g, 'cosine-direction', target, params);
    const dot = g.sum(g.mul(act, along), [1]);                                                                        // f32[N, P]
    const sizes = g.mul(g.sqrt(g.add(g.sum(g.mul(act, act), [1]), 1e-12)), g.sqrt(g.add(g.sum(g.mul(along, along), [1]), 1e-12)));
    return g.mean(g.mul(dot, g.pow(g.max(g.div(dot, sizes), 0.1), params.power)), [1]);
  },
});
