import { nonNegative } from '@neuron-atlas/plugins';
import { defineSchedule } from '../schedule.js';

/** end + (base − end) · (1 + cos π(t − 1)/steps) / 2 */
export const cosine = defineSchedule({
  name: 'cosine',
  version: 1,
  summary: 'From the learning rate down half a cosine.',
  source: 'Loshchilov and Hutter 2017, SGDR',
  params: { end: nonNegative(0, 'Rate at the end.') },
  rate: ({ base, t, steps, params }) => params.end + ((base - params.end) * (1 + Math.cos((Math.PI * (t - 1)) / steps))) / 2,
});
