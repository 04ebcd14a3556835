import { defineCommand } from '../command.js';
import { coordinatorOption, wholeNumber } from '../option.js';
import { table } from '../table.js';
import { withCoordinator } from '../with-coordinator.js';

export const audit = defineCommand<{ last: number; coordinator: string | undefined }>({
  name: 'audit',
  summary: 'Show who changed what on a coordinator, and which calls it refused; for operators.',
  examples: ['audit', 'audit --last 1000 --json'],
  options: {
    last: { flag: '--last N', doc: 'How many entries, the last first (default: 100).', parse: wholeNumber(1, 1000, 100) },
    coordinator: coordinatorOption,
  },
  run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator, async ({ access }) => {
    const { entries } = await access.listAudit({ limit: options.last }, { signal });
    out.document(entries, () => (entries.length === 0 ? ['nothing yet'] : table(['at', 'who', 'roles', 'call', 'about', 'outcome'],
      entries.map(({ at, who, roles, method, subject, outcome }) => [at, who, roles.join(','), method, subject, outcome]))));
  }),
});
