import { file, nonNegative } from '@neuron-atlas/plugins';
import { mapOf } from '../map-of.js';
import { defineObjective } from '../objective.js';

/**
 * a · r · max(0.1, cos(a, r))^power / P, with r the layer's activations for a given picture at its P places: what the layer sees in the
 * picture, more of it. The same for every unit: sweep one.
 *
 * Lucid divides its cosine by one of the two sizes alone, so that its power is of the other size as well; here it is the cosine. Its power is 0 by default, as here.
 */
export const caricature = defineObjective({
  name: 'caricature',
  version: 1,
  summary: 'Along what the layer makes of a given picture, place by place.',
  source: 'Olah et al. 2018, The building blocks of interpretability; Lucid recipes.caricature (dot_compare)',
  params: { picture: file('picture', 'The picture that is exaggerated.'), power: nonNegative(0, 'Power of the cosine.') },
  taps: (target) => [target.tensor],
  build: ({ g, target, params, tap, pictured }) => {
    const act = mapOf(g, 'caricature', target, tap(target.tensor));
    const wanted = mapOf(g, 'caricature', target, pictured('picture')(target.tensor));      // f32[N, C, P], every row alike
    const dot = g.sum(g.mul(act, wanted), [1, 2]);
    const size = (of: typeof act) => g.sqrt(g.add(g.sum(g.mul(of, of), [1, 2]), 1e-12));
    const cosine = g.div(dot, g.mul(size(act), size(wanted)));
    return g.mul(g.mul(dot, 1 / act.shape[2]!), g.pow(g.max(cosine, 0.1), params.power));
  },
});
