import type { AgentServiceImplementation } from '@neuron-atlas/proto';
import type { Known } from '../access/authorise.js';
import type { Deps } from './deps.js';
import { text, words } from './fields.js';

export const register = ({ store, policy, heartbeatMs }: Pick<Deps, 'store' | 'policy' | 'heartbeatMs'>): AgentServiceImplementation<Known>['register'] =>
  async (request, { identity }) => {
    const { session } = await store.register({
      agentId: text('agent_id', request.agentId),
      incarnation: text('incarnation', request.incarnation),
      node: words('node', request.node),
      provider: words('provider', request.provider),
      device: words('device', request.device, 500),
      version: words('version', request.version),
      plugins: request.plugins.map((plugin) => words('plugins', plugin)),
      identity: identity.name,
    });
    return { session, leaseTtlMs: policy.leaseTtlMs, heartbeatEveryMs: heartbeatMs };
  };
