import { defineCommand } from '../command.js';
import { coordinatorOption } from '../option.js';
import { duration } from '../quantity.js';
import { table } from '../table.js';
import { withCoordinator } from '../with-coordinator.js';

export const agents = defineCommand<{ coordinator: string | undefined }>({
  name: 'agents',
  summary: 'List the agents of a coordinator: who works, on what, how much is done.',
  examples: ['agents'],
  options: { coordinator: coordinatorOption },
  run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator, async (client) => {
    const listed = (await client.sweeps.listAgents({}, { signal })).agents;
    out.document(listed, () => (listed.length === 0 ? ['no agents'] : table(
      ['agent', 'node', 'provider', 'device', 'heard', 'leases', 'units', 'shards', 'failed', 'set aside'],
      listed.map((agent) => [
        agent.agentId, agent.node, agent.provider, agent.device, `${duration(agent.heartbeatAgeSeconds)} ago`,
        agent.leases, Number(agent.unitsDone), agent.shardsDone, agent.shardsFailed, agent.asideSeconds > 0 ? `for ${duration(agent.asideSeconds)}` : '',
      ]),
    )));
  }),
});
