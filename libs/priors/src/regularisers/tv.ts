import { nonNegative } from '@neuron-atlas/plugins';
import { defineRegulariser } from '../regulariser.js';

/** −weight · (mean |x[h+1] − x[h]| + mean |x[w+1] − x[w]|) of the picture. */
export const tv = defineRegulariser({
  name: 'tv',
  version: 1,
  summary: 'Penalty on the total variation of the picture.',
  source: 'Mahendran and Vedaldi 2015, Understanding deep image representations by inverting them; Lucid objectives.total_variation',
  space: 'any',
  params: { weight: nonNegative(1, 'Weight in the score.') },
  penalty: ({ g, image, params }) => {
    const along = (axis: number): ReturnType<typeof g.mean> => {
      const length = image.shape[axis]!;
      return g.mean(g.abs(g.sub(g.slice(image, [1], [length], [axis]), g.slice(image, [0], [length - 1], [axis]))), [1, 2, 3]);
    };
    return g.mul(g.add(along(2), along(3)), params.weight);
  },
});
