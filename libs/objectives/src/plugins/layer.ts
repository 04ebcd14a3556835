import { mapOf } from '../map-of.js';
import { defineObjective } from '../objective.js';

/** Mean square of all activations of the layer: whatever it sees, more of it. The same for every unit: sweep one. */
export const layer = defineObjective({
  name: 'layer',
  version: 1,
  summary: 'All activations of the layer, squared (DeepDream).',
  source: 'Mordvintsev et al. 2015, Inceptionism (Lucid objectives.deepdream)',
  params: {},
  taps: (target) => [target.tensor],
  build: ({ g, target, tap }) => {
    const act = mapOf(g, 'layer', target, tap(target.tensor));
    return g.mean(g.mul(act, act), [1, 2]);
  },
});
