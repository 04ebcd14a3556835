import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';
import { sweepId } from './fields.js';
import { sweepStatus } from './sweep-status.js';

export const getSweep = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['getSweep'] =>
  async (request) => {
    const id = sweepId(request.sweepId);
    return { ...sweepStatus(await store.sweep(id)), planJson: await store.planJson(id) };
  };
