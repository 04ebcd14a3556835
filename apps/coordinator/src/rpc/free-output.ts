import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';
import { sweepId, text } from './fields.js';

export const freeOutput = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['freeOutput'] =>
  async (request) => {
    await store.freeOutput({ sweepId: sweepId(request.sweepId), holder: text('holder', request.holder) });
    return {};
  };
