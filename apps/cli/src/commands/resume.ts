import { sweepAction } from '../sweep-action.js';

export const resume = sweepAction('resume', 'Go on with a paused sweep.', 'resumeSweep');
