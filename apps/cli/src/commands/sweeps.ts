import { defineCommand } from '../command.js';
import { coordinatorOption } from '../option.js';
import { sweepRecord, sweepTable } from '../sweep-lines.js';
import { withCoordinator } from '../with-coordinator.js';

export const sweeps = defineCommand<{ coordinator: string | undefined }>({
  name: 'sweeps',
  summary: 'List the sweeps of a coordinator.',
  examples: ['sweeps --coordinator 127.0.0.1:7071'],
  options: { coordinator: coordinatorOption },
  run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator, async (client) => {
    const listed = (await client.sweeps.listSweeps({}, { signal })).sweeps;
    out.document(listed.map(sweepRecord), () => sweepTable(listed));
  }),
});
