import { nonNegative } from '@neuron-atlas/plugins';
import { defineSchedule } from '../schedule.js';

/** base + (end − base) · (t − 1) / steps */
export const linear = defineSchedule({
  name: 'linear',
  version: 1,
  summary: 'From the learning rate down a straight line.',
  source: 'Nguyen et al. 2016 (DGN-AM, act_max.py)',
  params: { end: nonNegative(1e-10, 'Rate that it would have one step after the last.') },
  rate: ({ base, t, steps, params }) => base + ((params.end - base) * (t - 1)) / steps,
});
