import type { SweepServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';

export const listAgents = ({ store }: Pick<Deps, 'store'>): SweepServiceImplementation['listAgents'] =>
  async () => ({ agents: [...await store.agents()] });
