import { sizeOf } from '@neuron-atlas/onnx';
import { errors } from '../errors.js';
import { defineObjective } from '../objective.js';

/** One output of a dense layer, before any softmax: a class score. */
export const logit = defineObjective({
  name: 'logit',
  version: 1,
  summary: 'One neuron of a dense layer, a neuron per batch row.',
  source: 'Simonyan et al. 2014, Deep inside convolutional networks, section 2',
  params: {},
  taps: (target) => [target.tensor],
  build: ({ g, target, tap }) => {
    const act = tap(target.tensor);
    if (act.shape.length < 2 || sizeOf(act.shape.slice(2)) !== 1) {
      throw errors.wrongRank({ objective: 'logit', tensor: target.tensor, shape: act.shape, needs: 'f32[N, C], with a map of one position at most' });
    }
    return g.sum(g.mul(g.reshape(act, act.shape.slice(0, 2)), target.mask), [1]);
  },
});
