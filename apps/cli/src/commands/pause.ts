import { sweepAction } from '../sweep-action.js';

export const pause = sweepAction('pause', 'Stop giving out work of a sweep; what is committed stays.', 'pauseSweep');
