import { builtinPlugins } from '@neuron-atlas/synthesis';
import { defineCommand } from '../command.js';
import { pluginLines, pluginRecord } from '../plugin-list.js';

export const objectives = defineCommand<Record<never, never>>({
  name: 'objectives',
  summary: 'List the objectives: what each scores, its params with their defaults, and where it comes from.',
  examples: ['objectives', 'objectives --json'],
  options: {},
  run: async ({ out }) => {
    const { all } = builtinPlugins.objectives;
    out.document({ objectives: all.map(pluginRecord) }, () => pluginLines(all));
  },
});
