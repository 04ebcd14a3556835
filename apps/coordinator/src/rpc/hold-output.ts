import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import { holdMs } from '../store/output-hold.js';
import type { Deps } from './deps.js';
import { sweepId, text } from './fields.js';

export const holdOutput = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['holdOutput'] =>
  async (request) => {
    const { output, sweepIds } = await store.holdOutput({ sweepId: sweepId(request.sweepId), holder: text('holder', request.holder) });
    return { output, sweepIds: [...sweepIds], holdMs };
  };
