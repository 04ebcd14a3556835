import { sweepAction } from '../sweep-action.js';

export const cancel = sweepAction('cancel', 'End a sweep for good; what is committed stays.', 'cancelSweep');
