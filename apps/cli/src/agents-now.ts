import type { AgentStatus, SweepServiceClient } from '@neuron-atlas/proto';
import { isAway } from './watch-sweep.js';

/** The agents of a coordinator; none while it is away, which whoever watches finds out for themselves. */
export async function agentsNow(sweeps: Pick<SweepServiceClient, 'listAgents'>, signal: AbortSignal): Promise<readonly AgentStatus[]> {
  return sweeps.listAgents({}, { signal }).then(({ agents }) => agents, (error: unknown) => {
    if (isAway(error)) return [];
    throw error;
  });
}
