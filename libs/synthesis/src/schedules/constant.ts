import { defineSchedule } from '../schedule.js';

export const constant = defineSchedule({
  name: 'constant',
  version: 1,
  summary: 'The same rate at every step.',
  source: 'Lucid render_vis',
  params: {},
  rate: ({ base }) => base,
});
