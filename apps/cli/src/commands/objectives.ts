import { defineCommand } from '../command.js';
import { pluginsOption } from '../local-options.js';
import { pluginLines, pluginRecord } from '../plugin-list.js';

export const objectives = defineCommand<{ plugins: readonly string[] | undefined }>({
  name: 'objectives',
  summary: 'List the objectives: what each scores, its params with their defaults, and where it comes from.',
  examples: ['objectives', 'objectives --json'],
  options: { plugins: pluginsOption },
  run: async ({ options, out, world }) => {
    const { all } = (await world.loadPlugins(options.plugins)).objectives;
    out.document({ objectives: all.map(pluginRecord) }, () => pluginLines(all));
  },
});
