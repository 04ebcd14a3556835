import type { Lease } from '@neuron-atlas/proto';
import { markSpan } from '@neuron-atlas/telemetry/tracing';
import { shardId } from '../store/shard-id.js';
import type { LeasedShard } from '../store/store.js';

/** A lease as its agent gets it. The call belongs to no trace, for it asks for work of any sweep; what it was given belongs to that of its sweep. */
export const toLease = (lease: LeasedShard): Lease => ({
  finished: [...lease.finished],
  shardId: shardId(lease), sweepId: lease.sweepId, fence: lease.fence, taskJson: lease.taskJson, attempt: Number(lease.fence),
  traceParent: markSpan('acquire', { 'atlas.sweep': lease.sweepId, 'atlas.shard': shardId(lease), 'atlas.fence': Number(lease.fence) }, lease.traceParent),
});
