import { resolve as resolvePath } from 'node:path';
import { defineCommand } from '../command.js';
import { agentsOption, pluginsOption, providerOption, stateOption } from '../local-options.js';
import { defaultAddress, WrongValue } from '../option.js';

export const up = defineCommand<{ listen: string; state: string; agents: number; provider: string; plugins: readonly string[] | undefined }>({
  name: 'up',
  summary: 'Keep a coordinator and agents standing on this machine, until Ctrl-C.',
  examples: ['up', 'up --listen 127.0.0.1:7071 --agents 2'],
  options: {
    listen: {
      flag: '--listen HOST:PORT',
      doc: `Where the coordinator listens; port 0 takes any that is free (default: ${defaultAddress}).`,
      parse: (raw = defaultAddress) => {
        if (!/:\d{1,5}$/.test(raw)) throw new WrongValue(`is "${raw}", expected HOST:PORT`);
        return raw;
      },
    },
    state: stateOption,
    agents: agentsOption,
    provider: providerOption,
    plugins: pluginsOption,
  },
  run: async ({ options, out, world, signal }) => {
    const cluster = await world.startLocalCluster({
      state: resolvePath(world.cwd, options.state),
      listen: options.listen,
      agents: options.agents,
      threads: Math.max(1, Math.floor(world.cores / options.agents)),
      provider: options.provider,
      plugins: options.plugins,
      note: out.note,
    }, signal);
    try {
      out.record({ coordinator: cluster.address, agents: cluster.agentIds, logs: cluster.logs }, () => [
        `coordinator  ${cluster.address}`,
        `agents       ${cluster.agentIds.join(', ')}`,
        `logs         ${cluster.logs}`,
        `submit with  neuron-atlas submit SPEC --watch --coordinator ${cluster.address}`,
      ].join('\n'));
      await Promise.race([cluster.died, untilAborted(signal)]);
      out.note('stopping');
    } finally {
      await cluster.stop();
    }
  },
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
