import { defineRecipe } from '../recipe.js';

export const none = defineRecipe({
  name: 'none',
  summary: 'The prior by itself: no regularisers, no transforms.',
  source: 'Erhan et al. 2009, Visualizing higher-layer features of a deep network',
  regularisers: [],
  transforms: [],
});
