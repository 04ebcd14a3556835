import { real } from '@neuron-atlas/plugins';
import { directionOf } from '../direction-of.js';
import { mapOf } from '../map-of.js';
import { defineObjective } from '../objective.js';
import { mix } from '../unit-mix.js';

/** Mean over places of a · d, with d = own · unit + the channels named. */
export const direction = defineObjective({
  name: 'direction',
  version: 1,
  summary: 'The layer’s activations along a direction, the mean over its map.',
  source: 'Olah et al. 2018, The building blocks of interpretability (Lucid objectives.direction)',
  params: { own: real(1, 'Weight of the unit itself.'), with: mix('', 'The rest of the direction.') },
  taps: (target) => [target.tensor],
  build: ({ g, target, params, tap }) => {
    const act = mapOf(g, 'direction', target, tap(target.tensor));
    return g.mean(g.sum(g.mul(act, directionOf(g, 'direction', target, params)), [1]), [1]);
  },
});
