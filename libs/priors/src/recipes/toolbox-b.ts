import { plainStep, toolbox } from '../toolbox.js';

export const toolboxB = toolbox('b', 'Strong decay and a fifth of the pixels cleared.', {
  regularisers: [{ name: 'decay', params: { amount: 0.3 } }, { name: 'small-norm', params: { percentile: 20 } }],
  optimiser: plainStep, learningRate: 100, steps: 750,
});
