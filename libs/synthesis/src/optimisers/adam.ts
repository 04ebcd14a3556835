import { positive, share } from '@neuron-atlas/plugins';
import { defineOptimiser } from '../optimiser.js';

/** m ← β1·m + (1 − β1)·g, v ← β2·v + (1 − β2)·g², x ← x + α · m̂ / (√v̂ + ε) */
export const adam = defineOptimiser({
  name: 'adam',
  version: 1,
  summary: 'Steps of about equal size for every number of the latent.',
  source: 'Kingma and Ba 2015, Adam: a method for stochastic optimization',
  params: {
    beta1: share(0.9, 'Decay of the running mean.'),
    beta2: share(0.999, 'Decay of the running square.'),
    epsilon: positive(1e-8, 'What keeps the step finite.'),
  },
  state: ['mean', 'square'],
  numbers: ({ beta1, beta2 }, t) => [1 / (1 - beta1 ** t), 1 / (1 - beta2 ** t)],
  step: ({ g, x, gradient, state: [mean, square], rate, numbers: [meanCorrection, squareCorrection], params }) => {
    const m = g.add(g.mul(mean!, params.beta1), g.mul(gradient, 1 - params.beta1));
    const v = g.add(g.mul(square!, params.beta2), g.mul(g.mul(gradient, gradient), 1 - params.beta2));
    const step = g.div(g.mul(m, meanCorrection!), g.add(g.sqrt(g.mul(v, squareCorrection!)), params.epsilon));
    return { x: g.add(x, g.mul(step, rate)), state: [m, v] };
  },
});
