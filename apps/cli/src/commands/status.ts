import { defineCommand } from '../command.js';
import { coordinatorOption, text } from '../option.js';
import { sweepLines, sweepRecord } from '../sweep-lines.js';
import { withCoordinator } from '../with-coordinator.js';

export const status = defineCommand<{ id: string; coordinator: string | undefined }>({
  name: 'status',
  summary: 'Show where a sweep is.',
  examples: ['status sw-0123456789 --json'],
  options: {
    id: { argument: 'ID', doc: 'The sweep, as `sweeps` lists it.', parse: text },
    coordinator: coordinatorOption,
  },
  run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator, async (client) => {
    const sweep = await client.sweeps.getSweep({ sweepId: options.id }, { signal });
    out.document(sweepRecord(sweep), () => sweepLines(sweep));
  }),
});
