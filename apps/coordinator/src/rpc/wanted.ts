import { text } from './fields.js';
import type { Wanted } from '../store/store.js';

/** The most leases of one request. */
const most = 64;

/** How much work a request asks for; a field that is not to be had is COORDINATOR_BAD_REQUEST with its name, below `within`. */
export const wanted = (asked: { readonly requestId: string; readonly maxLeases: number; readonly targetSeconds: number }, within = ''): Wanted => ({
  requestId: text(`${within}request_id`, asked.requestId),
  max: Math.min(most, Math.max(1, asked.maxLeases)),
  ...(asked.targetSeconds > 0 ? { targetSeconds: asked.targetSeconds } : {}),
});
