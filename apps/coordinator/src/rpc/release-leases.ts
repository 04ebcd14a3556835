import type { AgentServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';
import { claim, text } from './fields.js';

export const releaseLeases = ({ store }: Pick<Deps, 'store'>): AgentServiceImplementation['releaseLeases'] =>
  async (request) => ({ released: await store.release({ session: text('session', request.session), claims: request.leases.map(claim) }) });
