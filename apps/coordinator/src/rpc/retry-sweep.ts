import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';
import { sweepId } from './fields.js';
import { sweepStatus } from './sweep-status.js';

export const retrySweep = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['retrySweep'] =>
  async (request) => {
    const id = sweepId(request.sweepId);
    await store.retry(id);
    return sweepStatus(await store.sweep(id));
  };
