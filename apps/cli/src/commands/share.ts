import { defineCommand } from '../command.js';
import { coordinatorOption, text, WrongValue, wholeNumber } from '../option.js';
import { sweepLines, sweepRecord } from '../sweep-lines.js';
import { withCoordinator } from '../with-coordinator.js';

export const share = defineCommand<{ id: string; weight: number | undefined; priority: number | undefined; maxAgents: number | undefined; coordinator: string | undefined }>({
  name: 'share',
  summary: 'Say what a sweep is entitled to beside others: its part of the agents, its priority, its quota.',
  examples: ['share sw-0123456789 --weight 3', 'share sw-0123456789 --priority 1 --max-agents 8'],
  options: {
    id: { argument: 'ID', doc: 'The sweep, as `sweeps` lists it.', parse: text },
    weight: {
      flag: '--weight NUMBER', doc: 'Agents are shared in proportion to it; a new sweep has 1.',
      parse: (raw) => {
        if (raw === undefined) return undefined;
        const weight = Number(raw);
        if (!(weight > 0 && weight <= 1e6)) throw new WrongValue(`is "${raw}", expected a number above 0 and at most 1000000`);
        return weight;
      },
    },
    priority: {
      flag: '--priority NUMBER', doc: 'Sweeps of a higher priority are served before all others; a new sweep has 0.',
      parse: (raw) => {
        if (raw === undefined) return undefined;
        const priority = Number(raw);
        if (!Number.isInteger(priority) || Math.abs(priority) > 1000) throw new WrongValue(`is "${raw}", expected a whole number from -1000 to 1000`);
        return priority;
      },
    },
    maxAgents: { flag: '--max-agents NUMBER', doc: 'The most agents that work on it at once; 0: as many as there are.', parse: wholeNumber(0, 1_000_000, undefined) },
    coordinator: coordinatorOption,
  },
  run: ({ options: { id, weight, priority, maxAgents, coordinator }, out, world, signal }) => withCoordinator(world, coordinator, async ({ sweeps }) => {
    const sweep = await sweeps.shareSweep({ sweepId: id, weight, priority, maxAgents }, { signal });
    out.document(sweepRecord(sweep), () => sweepLines(sweep));
  }),
});
