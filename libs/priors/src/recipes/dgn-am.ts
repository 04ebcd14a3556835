import { defineRecipe } from '../recipe.js';

export const dgnAm = defineRecipe({
  name: 'dgn-am',
  summary: 'A generator’s code, moved by steps of equal mean size that fall linearly, shrunk by 1 % each.',
  source: 'Nguyen et al. 2016, Synthesizing the preferred inputs for neurons in neural networks via deep generator networks; act_max.py',
  prior: { name: 'generator', params: {} },
  regularisers: [],
  transforms: [],
  optimiser: { name: 'mean-absolute', params: {} },
  schedule: { name: 'linear', params: { end: 1e-10 } },
  learningRate: 8,
  steps: 200,
  keep: 'last',
});
