import { positive, share } from '@neuron-atlas/plugins';
import { defineOptimiser } from '../optimiser.js';

/** μ_t = β1 · (1 − 0.96^(t/250) / 2) */
const momentum = (beta1: number, t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t / 250));

/** Adam that looks ahead: x ← x + α · (μ_{t+1}·m / (1 − Πμ_{≤t+1}) + (1 − μ_t)·g / (1 − Πμ_{≤t})) / (√v̂ + ε) */
export const nadam = defineOptimiser({
  name: 'nadam',
  version: 1,
  summary: 'Adam with the look ahead of Nesterov.',
  source: 'Dozat 2016, Incorporating Nesterov momentum into Adam; schedule of the momentum as in Keras and PyTorch',
  params: {
    beta1: share(0.9, 'Decay of the running mean.'),
    beta2: share(0.999, 'Decay of the running square.'),
    epsilon: positive(1e-7, 'What keeps the step finite.'),
  },
  state: ['mean', 'square'],
  numbers: ({ beta1, beta2 }, t) => {
    let product = 1;
    for (let i = 1; i <= t; i++) product *= momentum(beta1, i);
    const next = momentum(beta1, t + 1);
    return [next / (1 - product * next), (1 - momentum(beta1, t)) / (1 - product), 1 / (1 - beta2 ** t)];
  },
  step: ({ g, x, gradient, state: [mean, square], rate, numbers: [ofMean, ofGradient, squareCorrection], params }) => {
    const m = g.add(g.mul(mean!, params.beta1), g.mul(gradient, 1 - params.beta1));
    const v = g.add(g.mul(square!, params.beta2), g.mul(g.mul(gradient, gradient), 1 - params.beta2));
    const ahead = g.add(g.mul(m, ofMean!), g.mul(gradient, ofGradient!));
    const step = g.div(ahead, g.add(g.sqrt(g.mul(v, squareCorrection!)), params.epsilon));
    return { x: g.add(x, g.mul(step, rate)), state: [m, v] };
  },
});
