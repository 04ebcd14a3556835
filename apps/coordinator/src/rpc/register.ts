import type { AgentServiceImplementation } from '@neuron-atlas/proto';
import type { Deps } from './deps.js';
import { text, words } from './fields.js';

export const register = ({ store, policy, heartbeatMs }: Pick<Deps, 'store' | 'policy' | 'heartbeatMs'>): AgentServiceImplementation['register'] =>
  async (request) => {
    const { session } = await store.register({
      agentId: text('agent_id', request.agentId),
      incarnation: text('incarnation', request.incarnation),
      node: words('node', request.node),
      provider: words('provider', request.provider),
      device: words('device', request.device, 500),
      version: words('version', request.version),
      plugins: request.plugins.map((plugin) => words('plugins', plugin)),
    });
    return { session, leaseTtlMs: policy.leaseTtlMs, heartbeatEveryMs: heartbeatMs };
  };
