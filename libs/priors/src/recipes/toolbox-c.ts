import { plainStep, toolbox } from '../toolbox.js';

export const toolboxC = toolbox('c', 'Little decay and a blur of one pixel: what most of the published pictures were made with.', {
  regularisers: [{ name: 'decay', params: { amount: 1e-4 } }, { name: 'blur', params: { sigma: 1, every: 4 } }],
  optimiser: plainStep, learningRate: 100, steps: 1000,
});
