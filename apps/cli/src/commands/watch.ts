import { defineCommand } from '../command.js';
import { coordinatorOption, text } from '../option.js';
import { followSweep } from '../follow-sweep.js';
import { withCoordinator } from '../with-coordinator.js';

export const watch = defineCommand<{ id: string; coordinator: string | undefined }>({
  name: 'watch',
  summary: 'Follow a sweep until it ends; exit code 1 if it does not end well.',
  examples: ['watch sw-0123456789'],
  options: {
    id: { argument: 'ID', doc: 'The sweep, as `sweeps` lists it.', parse: text },
    coordinator: coordinatorOption,
  },
  run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator,
    (client) => followSweep({ out, world, signal }, client.sweeps, options.id)),
});
