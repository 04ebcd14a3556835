import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import { shardId } from '../store/shard-id.js';
import type { Deps } from './deps.js';
import { sweepId } from './fields.js';

export const listQuarantine = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['listQuarantine'] =>
  async (request) => {
    const shards = await store.quarantine(request.sweepId === '' ? '' : sweepId(request.sweepId));
    return {
      shards: shards.map((shard) => ({
        shardId: shardId(shard), sweepId: shard.sweepId, stage: shard.stage, layer: shard.layer,
        unitStart: shard.unitStart, unitEnd: shard.unitEnd, failures: shard.failures,
        errorJson: shard.error === undefined ? '' : JSON.stringify(shard.error),
      })),
    };
  };
