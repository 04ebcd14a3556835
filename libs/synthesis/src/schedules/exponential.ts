import { positive } from '@neuron-atlas/plugins';
import { defineSchedule } from '../schedule.js';

/** base · half^((t − 1) / every) */
export const exponential = defineSchedule({
  name: 'exponential',
  version: 1,
  summary: 'Falls by a factor every so many steps, smoothly.',
  source: 'the usual decay of learning rates',
  params: { factor: positive(0.5, 'What the rate is multiplied by.'), every: positive(100, 'Steps in which it is.') },
  rate: ({ base, t, params }) => base * params.factor ** ((t - 1) / params.every),
});
