import type { SweepServiceClient } from '@neuron-atlas/proto';
import type { SweepPlan } from '@neuron-atlas/spec';
import { defineCommand, type CommandContext } from '../command.js';
import { coordinatorOption, isGiven, text } from '../option.js';
import { followSweep } from '../follow-sweep.js';
import { showWhileSweeping, type Showing } from '../show-while-sweeping.js';
import { withCoordinator } from '../with-coordinator.js';

export const watch = defineCommand<{ id: string; show: boolean; coordinator: string | undefined }>({
  name: 'watch',
  summary: 'Follow a sweep until it ends: stages, throughput, time left, agents, failures; exit code 1 if it does not end well.',
  examples: ['watch sw-0123456789', 'watch sw-0123456789 --show --json'],
  options: {
    id: { argument: 'ID', doc: 'The sweep, as `sweeps` lists it.', parse: text },
    show: { flag: '--show', doc: 'Keep its output readable for `view` meanwhile, as `run` does; the output must be in reach from here.', parse: isGiven },
    coordinator: coordinatorOption,
  },
  run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator,
    async (client) => followSweep({ out, world, signal }, client.sweeps, options.id, options.show ? await showing({ out, world, signal }, client.sweeps, options.id) : undefined)),
});

async function showing({ out, world, signal }: Pick<CommandContext<unknown>, 'out' | 'world' | 'signal'>, sweeps: SweepServiceClient, sweepId: string): Promise<Showing> {
  const plan = JSON.parse((await sweeps.getSweep({ sweepId }, { signal })).planJson) as SweepPlan;
  return showWhileSweeping({ sweeps, sweepId, plan, store: await world.openStore(plan.spec.output), now: world.now, note: out.note });
}
