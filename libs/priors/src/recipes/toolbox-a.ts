import { progress, toolbox } from '../toolbox.js';

export const toolboxA = toolbox('a', 'Sparse and sharp: half of the pixels cleared at each step.', {
  regularisers: [{ name: 'blur', params: { sigma: 0.5, every: 4 } }, { name: 'small-norm', params: { percentile: 50 } }],
  optimiser: progress(2), learningRate: 100, steps: 500,
});
