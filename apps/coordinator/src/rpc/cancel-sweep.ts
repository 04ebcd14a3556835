import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';
import { sweepId } from './fields.js';
import { sweepStatus } from './sweep-status.js';

export const cancelSweep = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['cancelSweep'] =>
  async (request) => {
    const id = sweepId(request.sweepId);
    await store.cancel(id);
    return sweepStatus(await store.sweep(id));
  };
