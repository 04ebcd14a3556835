import { defineRecipe } from '../recipe.js';

export const maco = defineRecipe({
  name: 'maco',
  summary: 'Phases alone, seen in 32 crops with noise at each step.',
  source: 'Fel et al. 2023, Unlocking feature visualization for deeper networks with magnitude constrained optimization (MACO), as in xplique',
  prior: { name: 'maco', params: {} },
  transforms: [
    { name: 'crop', params: { crops: 32, sides: 'shrinking', least: 0.05, most: 0.5, spread: 0.05, centre: 0.15 } },
    { name: 'noise', params: { normal: 0.08, uniform: 0.08 } },
  ],
  optimiser: { name: 'nadam', params: {} },
  learningRate: 1,
  steps: 256,
});
