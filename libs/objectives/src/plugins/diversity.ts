import { nonNegative, share } from '@neuron-atlas/plugins';
import { errors } from '../errors.js';
import { mapOf, seenBy } from '../map-of.js';
import { defineObjective } from '../objective.js';

/**
 * The unit's mean, less weight · the mean likeness of the picture's style to those of the unit's other seeds: several pictures of
 * one unit, each unlike the others.
 *
 * A style is the Gram matrix of the layer, G = A · Aᵀ over places, of length 1; a likeness is the dot product of two. Lucid adds the
 * likenesses up where this takes their mean, so that a weight means the same for any number of seeds.
 */
export const diversity = defineObjective({
  name: 'diversity',
  version: 1,
  summary: 'One channel, in pictures that differ from one another: one for each seed of the view.',
  source: 'Olah et al. 2017, Feature Visualization, "Diversity" (Lucid objectives.diversity, with channel)',
  params: {
    weight: nonNegative(100, 'What full likeness costs, in units of the score: about what the unit reaches.'),
    leak: share(0.01, 'Slope below zero where a rectifier follows the layer.'),
  },
  together: true,
  taps: (target) => [target.tensor],
  build: ({ g, target, params, tap }) => {
    const { together = 1, copies = 1 } = target;
    if (together < 2) throw errors.onePicture({ objective: 'diversity' });
    const act = mapOf(g, 'diversity', target, tap(target.tensor));                          // f32[N, C, P]
    const [rows, channels] = act.shape as [number, number, number];
    const own = g.sum(g.mul(g.mean(seenBy(g, target, params.leak, act), [2]), target.mask), [1]);
    const gram = g.reshape(g.matMul(act, act, { transB: true }), [rows, channels * channels]);
    const style = g.div(gram, g.sqrt(g.add(g.sum(g.mul(gram, gram), [1], true), 1e-10)));
    // f32[units, copies, seeds, C²]: a crop is held against the same crop of the other pictures
    const byUnit = g.transpose(g.reshape(style, [rows / (together * copies), together, copies, channels * channels]), [0, 2, 1, 3]);
    const all = g.sum(g.matMul(byUnit, byUnit, { transB: true }), [3]);
    const others = g.sub(all, g.sum(g.mul(byUnit, byUnit), [3]));                           // f32[units, copies, seeds]
    const likeness = g.reshape(g.transpose(others, [0, 2, 1]), [rows]);
    return g.sub(own, g.mul(likeness, params.weight / (together - 1)));
  },
});
