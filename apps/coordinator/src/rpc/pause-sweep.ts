import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';
import { sweepId } from './fields.js';
import { sweepStatus } from './sweep-status.js';

export const pauseSweep = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['pauseSweep'] =>
  async (request) => {
    const id = sweepId(request.sweepId);
    await store.pause(id);
    return sweepStatus(await store.sweep(id));
  };
