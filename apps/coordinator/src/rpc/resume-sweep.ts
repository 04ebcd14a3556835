import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';
import { sweepId } from './fields.js';
import { sweepStatus } from './sweep-status.js';

export const resumeSweep = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['resumeSweep'] =>
  async (request) => {
    const id = sweepId(request.sweepId);
    await store.resume(id);
    return sweepStatus(await store.sweep(id));
  };
