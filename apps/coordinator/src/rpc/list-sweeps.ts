import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';
import { sweepStatus } from './sweep-status.js';

export const listSweeps = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['listSweeps'] =>
  async () => ({ sweeps: (await store.sweeps()).map(sweepStatus) });
