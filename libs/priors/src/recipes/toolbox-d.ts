import { progress, toolbox } from '../toolbox.js';

export const toolboxD = toolbox('d', 'Only the tenth of the pixels that contributes most.', {
  regularisers: [{ name: 'blur', params: { sigma: 0.5, every: 4 } }, { name: 'small-contribution', params: { percentile: 90, of: 'absolute' } }],
  optimiser: progress(2), learningRate: 1e8, steps: 1000,
});
