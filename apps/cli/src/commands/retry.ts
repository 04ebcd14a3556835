import { sweepAction } from '../sweep-action.js';

export const retry = sweepAction('retry', 'Try the quarantined shards of a sweep again.', 'retrySweep');
