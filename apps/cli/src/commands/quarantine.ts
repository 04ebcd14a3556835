import { defineCommand } from '../command.js';
import { coordinatorOption, optionalText } from '../option.js';
import { partOf, reasonOf } from '../quarantine.js';
import { table } from '../table.js';
import { withCoordinator } from '../with-coordinator.js';

export const quarantine = defineCommand<{ id: string | undefined; coordinator: string | undefined }>({
  name: 'quarantine',
  summary: 'List the shards that failed too often, with the reason; `retry ID` tries them again.',
  examples: ['quarantine', 'quarantine sw-0123456789 --json'],
  options: {
    id: { argument: '[ID]', doc: 'Only those of this sweep.', parse: optionalText },
    coordinator: coordinatorOption,
  },
  run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator, async (client) => {
    const { shards } = await client.sweeps.listQuarantine({ sweepId: options.id ?? '' }, { signal });
    out.document(shards.map(({ errorJson, ...shard }) => ({ ...shard, reason: reasonOf({ errorJson, ...shard }) })), () => (shards.length === 0
      ? ['nothing in quarantine']
      : table(['sweep', 'part', 'failures', 'reason'], shards.map((shard) => [shard.sweepId, partOf(shard), shard.failures, reasonOf(shard)]))));
  }),
});
