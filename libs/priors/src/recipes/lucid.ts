import { defineRecipe } from '../recipe.js';

export const lucid = defineRecipe({
  name: 'lucid',
  summary: 'Fourier picture with Lucid’s standard transforms: border, shift, zoom, turn, shift.',
  source: 'Olah et al. 2017, Feature Visualization (Lucid render_vis, transform.standard_transforms)',
  prior: { name: 'fourier', params: {} },
  transforms: [
    { name: 'pad', params: { pixels: 12, fill: 'grey' } },
    { name: 'jitter', params: { pixels: 4 } },
    { name: 'scale', params: { least: 0.9, most: 1.1, step: 0.02 } },
    { name: 'rotate', params: { most: 10, upright: 5 } },
    { name: 'jitter', params: { pixels: 2 } },
  ],
  optimiser: { name: 'adam', params: {} },
  learningRate: 0.05,
  steps: 512,
});
